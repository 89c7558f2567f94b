import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configOf } from '#config';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { builtInProviders, ProviderRegistry } from '#providers';
import type { ClusterRepository } from '../src/cluster.repository.js';
import { clustersIn } from './in-database.js';

const OWNER = '8c0a3b52-5a0e-4d3c-9a55-0d5f4d1f2a11';

describe('clusters as read by the loop', () => {
  let database: TestDatabase;
  let clusters: ClusterRepository;
  beforeAll(async () => {
    database = await createTestDatabase();
    clusters = clustersIn(database.dataSource, new ProviderRegistry(builtInProviders(configOf({}))));
  });
  afterAll(async () => database.close());

  it('come with the time of the query, so that changes are not read repeatedly', async () => {
    const empty = await clusters.listActive();
    expect(empty.clusters).toEqual([]);
    await database.dataSource.query(
      `INSERT INTO users (id, username, password_hash, role) VALUES ($1, 'owner', 'x', 'operator')`,
      [OWNER],
    );
    const definition = {
      name: 'web',
      bounds: { min: 1, max: 3 },
      policy: { mode: 'act' as const, slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } },
      provider: { type: 'simulator' as const },
      config: {},
      status: 'active' as const,
    };
    const { id } = await clusters.insert(OWNER, definition, database.dataSource.manager);
    const first = await clusters.changedSince(empty.asOf);
    expect(first.clusters.map((cluster) => cluster.id)).toEqual([id]);
    const second = await clusters.changedSince(first.asOf);
    expect(second.clusters).toEqual([]);
    expect(second.asOf).toBeGreaterThan(first.asOf);
    await clusters.markDeleted(id, database.dataSource.manager);
    expect((await clusters.listActive()).clusters).toEqual([]);
    expect((await clusters.changedSince(second.asOf)).clusters).toMatchObject([{ id, name: 'web' }]);
  });

  it('have a past until their creation only where it is simulated', async () => {
    const definition = {
      bounds: { min: 1, max: 3 },
      policy: { mode: 'act' as const, slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } },
      provider: { type: 'simulator' as const },
      config: {},
      status: 'active' as const,
    };
    const { manager } = database.dataSource;
    const young = await clusters.insert(OWNER, { ...definition, name: 'young' }, manager);
    const old = await clusters.insert(OWNER, { ...definition, name: 'old' }, manager, true);
    expect(young.simulatedUntil).toBeNull();
    expect(old.simulatedUntil).toBe(old.createdAt);
    const changed = await clusters.update(old.id, { ...definition, name: 'older' }, false, manager);
    expect(changed.simulatedUntil).toBe(old.simulatedUntil);
  });
});
