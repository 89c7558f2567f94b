import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { nextDue, phaseOf } from '../src/loop/schedule.js';
import { GivenPartitions } from '../../partitions/test/given-partitions.js';
import { INTERVAL_MS, LoopProcess, Surroundings } from './loop-harness.js';

// With the same privileges as the service in production.
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('autoscaler_app');
});
afterAll(async () => database.close());

/** As if another instance had taken all partitions. */
async function raiseTokens(token: number): Promise<void> {
  await database.dataSource.query(
    `INSERT INTO shares (share, token, job_id, attempt) SELECT share, $1, gen_random_uuid(), 0 FROM generate_series(0, 63) AS share
     ON CONFLICT (share) DO UPDATE SET token = excluded.token`,
    [token],
  );
}

describe('a loop whose partitions were taken over', () => {
  it('neither acts nor writes, and is notified', async () => {
    const { dataSource } = database;
    const around = new Surroundings(dataSource);
    const cluster = await around.addCluster();
    const partitions = new GivenPartitions(5);
    await raiseTokens(5);
    const process = await LoopProcess.create(around, { partitions });
    await process.loop.wake();
    await process.tick();
    expect(await around.decisions(cluster.id)).toHaveLength(1);

    await raiseTokens(6);
    await around.hold(cluster.id, 5);
    const asked = around.target.asked.length;
    await process.tick();
    expect(await around.decisions(cluster.id)).toHaveLength(1);
    expect(await around.events(cluster.id)).toEqual([]);
    expect(around.target.asked).toHaveLength(asked);
    expect(partitions.refusals).toEqual([1]);
  });

  it("stops ticking clusters of lost partitions, and resumes them from the other instance's state", async () => {
    const around = new Surroundings(database.dataSource);
    const cluster = await around.addCluster();
    await raiseTokens(7);
    const partitions = new GivenPartitions(7);
    const process = await LoopProcess.create(around, { partitions });
    await process.loop.wake();
    await process.tick(2);
    expect(process.registry.get(cluster.id)?.schedule.fence).toMatchObject({ token: 7 });
    partitions.give(undefined);
    await process.tick();
    expect(process.registry.get(cluster.id)).toBeUndefined();
    expect(await around.decisions(cluster.id)).toHaveLength(2);
    partitions.give(8);
    await raiseTokens(8);
    await process.loop.wake();
    await process.tick(2);
    expect(process.registry.get(cluster.id)?.schedule.fence).toMatchObject({ token: 8 });
    expect(await around.decisions(cluster.id)).toHaveLength(4);
  });

  it("skips no slot of the grid at a takeover, even when the previous holder's last tick was late", async () => {
    const around = new Surroundings(database.dataSource);
    const cluster = await around.addCluster();
    const lives = async (token: number): Promise<LoopProcess> => {
      await raiseTokens(token);
      const process = await LoopProcess.create(around, { partitions: new GivenPartitions(token) });
      await process.loop.wake();
      await process.loop.wake();
      return process;
    };
    const first = await lives(9);
    const slot = nextDue(around.clock.now(), phaseOf(cluster.id, { intervalMs: INTERVAL_MS }), INTERVAL_MS);
    around.clock.advance(slot + 4000 - around.clock.now());
    await first.loop.wake();
    expect(await around.decisions(cluster.id)).toHaveLength(2);
    around.clock.advance(slot + INTERVAL_MS + 1000 - around.clock.now());
    await lives(10);
    expect(await around.decisions(cluster.id)).toHaveLength(3);
  });
});
