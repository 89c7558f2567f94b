import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { LoopProcess, Surroundings } from './loop-harness.js';

const CLUSTERS = 500;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

it('polls 500 clusters with one request if their provider supports it', async () => {
  const around = new Surroundings(database.dataSource);
  for (let count = 0; count < CLUSTERS; count += 1) await around.addCluster();
  const service = await LoopProcess.create(around, { provider: { batching: true } });
  const read = jest.spyOn(around.target, 'read');
  await service.loop.wake();
  // A new cluster is due at the wake after the one that finds it.
  await service.loop.wake();
  expect(read.mock.calls.map(([clusters]) => clusters.length)).toEqual([CLUSTERS]);
  const [ticked] = await database.dataSource.query<[{ count: number }]>(
    `SELECT count(DISTINCT cluster_id)::int AS count FROM decisions`,
  );
  expect(ticked.count).toBe(CLUSTERS);
});
