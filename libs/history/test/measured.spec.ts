import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ManualClock } from '#config/testing';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { observe, type Measured, type Policy } from '#engine';
import { observationsIn } from '../../metrics/test/in-database.js';
import { forecastsIn } from '../../scaler/test/in-database.js';
import type { MeasuredDto } from '../src/trust/trust.dto.js';
import { TrustService } from '../src/trust/trust.service.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const NOW = Date.UTC(2026, 0, 5, 12);
const ROOT = { id: '00000000-0000-4000-8000-0000000000a1', username: 'root', role: 'admin', scope: 'all' } as const;
const SLO: Policy = { mode: 'act', slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null } };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

/** A tick that many milliseconds ago; `null`: the source counts no slow or failed requests, or said nothing. */
type Seen = readonly [agoMs: number, measured: Measured | null];

const rates = (requestRate: number | null, badRate: number | null): Measured => ({ requestRate, badRate });

async function measured(ticks: readonly Seen[], policy: Policy = SLO, to?: string): Promise<MeasuredDto | null> {
  const clusterId = randomUUID();
  const observations = observationsIn(database.dataSource);
  const rows = ticks.map(([ago, stated]) => {
    const at = NOW - ago;
    const measuredAt = stated === null ? null : { at, ...stated };
    const observation = observe({ now: at, intervalMs: MINUTE, servers: [], samples: [], measured: measuredAt });
    return { clusterId, observation, desired: 2, leadTimeMs: null, providerAnswered: true };
  });
  await observations.writeTick(rows, database.dataSource.manager);
  const clock = new ManualClock(NOW);
  const access = { assertVisible: async () => Promise.resolve() };
  const clusters = { find: async () => Promise.resolve({ policy } as never) };
  const trust = new TrustService(access, clusters, forecastsIn(database.dataSource), observations, clock);
  const query = { range: '1h', ...(to === undefined ? {} : { to }) };
  return (await trust.get(ROOT, clusterId, query)).measured;
}

describe('the promise as the source of the metrics measures it', () => {
  it('is the share of all requests of the range, beside the promised one', async () => {
    const busy = rates(100, 2);
    const quiet = rates(10, 2);
    const ticks: Seen[] = [
      [90 * MINUTE, rates(1000, 1000)],
      [3 * MINUTE, quiet],
      [2 * MINUTE, busy],
      [MINUTE, quiet],
    ];
    // From the second tick of the range on: a minute with 100 requests a second, and one with 10.
    expect(await measured(ticks)).toEqual({
      from: new Date(NOW - 3 * MINUTE).toISOString(),
      to: new Date(NOW - MINUTE).toISOString(),
      requests: 6600,
      bad: 240,
      share: 240 / 6600,
      promised: 0.01,
      covered: 1,
    });
  });

  it('weighs a tick with the time since the one before, and not with an outage', async () => {
    const ticks: Seen[] = [
      [50 * MINUTE, rates(10, 0)],
      [10 * MINUTE, rates(10, 10)],
      [10 * MINUTE - 10 * SECOND, rates(10, 0)],
    ];
    // The outage of 40 minutes counts as five, the last tick as ten seconds.
    expect(await measured(ticks)).toMatchObject({ requests: 3100, bad: 3000 });
  });

  it('leaves out what is not known, and says how much that is', async () => {
    const ticks: Seen[] = [
      [5 * MINUTE, rates(10, 0)],
      [4 * MINUTE, rates(10, 5)],
      [3 * MINUTE, rates(1000, null)],
      [2 * MINUTE, rates(null, 5)],
      [MINUTE, null],
    ];
    expect(await measured(ticks)).toMatchObject({ requests: 600, bad: 300, share: 0.5, covered: 0.4 });
  });

  it('is unknown while no count is known, or there are no requests', async () => {
    const unknown = { requests: null, bad: null, share: null, covered: 0 };
    expect(await measured([[MINUTE, rates(10, null)]])).toMatchObject(unknown);
    const none: Seen[] = [2, 1].map((minutes) => [minutes * MINUTE, rates(0, 0)]);
    expect(await measured(none)).toMatchObject({ requests: 0, bad: 0, share: null, covered: 1 });
  });

  it('is null where the source counts no slow or failed requests, or nothing was observed', async () => {
    expect(await measured([[MINUTE, null]])).toBeNull();
    expect(await measured([])).toBeNull();
    expect(await measured([[MINUTE, rates(10, 0)]], SLO, '2020-01-01T00:00:00Z')).toBeNull();
  });

  it('promises nothing without a service level', async () => {
    expect(await measured([[MINUTE, rates(10, 0)]], { mode: 'act' })).toMatchObject({ promised: null, covered: 1 });
  });
});
