import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { LoopProcess, Surroundings } from './loop-harness.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

it('does not tick a cluster with the same target as another, until its definition changes', async () => {
  const around = new Surroundings(database.dataSource);
  const service = await LoopProcess.create(around);
  const older = await around.addCluster({ name: 'older' });
  const younger = await around.addCluster({ name: 'younger', status: 'error', conflictsWith: older.id });
  await around.hold(younger.id, 5);
  await service.loop.wake();
  await service.tick();
  const ticked = async (id: string): Promise<number> => {
    const rows = await database.dataSource.query<unknown[]>(`SELECT 1 FROM decisions WHERE cluster_id = $1`, [id]);
    return rows.length;
  };
  expect(await ticked(older.id)).toBeGreaterThan(0);
  expect(await ticked(younger.id)).toBe(0);
  await around.change(younger.id, { status: 'active', conflictsWith: null });
  await service.tick(2);
  expect(await ticked(younger.id)).toBeGreaterThan(0);
});
