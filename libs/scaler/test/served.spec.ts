import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { LoopProcess, Surroundings } from './loop-harness.js';

/** A wake of the harness is ten seconds. */
const WAKES_A_MINUTE = 6;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

describe('a measured share above the promised one', () => {
  it('is an alert that survives restarts, until the share is kept again', async () => {
    const around = new Surroundings(database.dataSource);
    const slo = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
    const { id } = await around.addCluster({ policy: { mode: 'recommend', slo }, config: { intervalMs: 60_000 } });
    const first = await LoopProcess.create(around);
    const of = (service: LoopProcess): string[] =>
      service.alerts().filter((alert) => alert.startsWith('measured_missed'));
    const held = (service: LoopProcess) => service.memory(id).conditions.get('measured_missed');
    await first.loop.wake();
    around.counted.set(id, { requests: 100, bad: 3 });
    // Less than ten minutes are too few to judge.
    await first.tick(8 * WAKES_A_MINUTE);
    expect(of(first)).toEqual([]);
    await first.tick(3 * WAKES_A_MINUTE);
    expect(of(first)).toEqual(['measured_missed raised']);
    const raised = held(first);
    expect(raised).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('more servers may not help.'),
      data: { share: expect.closeTo(0.03), minutes_above: 0 },
    });

    const second = await LoopProcess.create(around);
    await second.loop.wake();
    await second.tick(WAKES_A_MINUTE);
    expect(of(second)).toEqual([]);
    expect(held(second)?.since).toBe(raised?.since);
    expect(held(second)?.data?.['requests']).toBeGreaterThan(60_000);

    around.counted.set(id, { requests: 100, bad: 0 });
    await second.tick(60 * WAKES_A_MINUTE);
    expect(of(second)).toEqual(['measured_missed cleared']);
    expect(around.target.asked).toEqual([]);
  });
});
