import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Decision, observe } from '#engine';
import { ObservationRepository } from '#metrics';
import { DecisionRepository } from '#scaler';
import { RoutesApp } from '../../clusters/test/routes-app.js';
import { HistoryModule } from '../src/index.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** On the hour and in the past, so that aggregates cover it. */
const NOW = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;
const TICKS = 10 * 60;
const BY = 'HorizontalPodAutoscaler web';

let app: RoutesApp;
let token: string;
let id: string;

function decisionAt(at: number): Decision {
  const counts = { current: 2, listed: 2, reference: 2, desired: 2, wished: 2, unmet: 0 };
  return {
    at,
    action: 'MAINTAIN',
    ...counts,
    policy: 'none',
    code: 'steady',
    reason: '',
    steps: [],
    mode: 'recommend',
  };
}

/** One tick a minute for ten hours; another autoscaler wanted 3 servers in the first half, and 5 until five minutes ago. */
beforeAll(async () => {
  app = await RoutesApp.start(HistoryModule);
  app.clock.time = NOW;
  token = await app.user('root', 'admin');
  const { body } = await app.send(token, 'POST', '/clusters', { name: 'web', min_servers: 1, max_servers: 9 });
  id = body['id'] as string;
  const times = Array.from({ length: TICKS }, (_, tick) => NOW - (TICKS - tick) * MINUTE);
  const servers = [{ id: 'a', state: 'ACTIVE' as const }];
  const observations = times.map((at) => ({
    clusterId: id,
    observation: observe({ now: at, intervalMs: MINUTE, servers, samples: [] }),
    desired: 2,
    leadTimeMs: null,
    providerAnswered: true,
  }));
  const decisions = times.flatMap((at, tick) => {
    const theirs = tick >= TICKS - 5 ? null : { by: BY, desired: tick < TICKS / 2 ? 3 : 5 };
    const row = { clusterId: id, decision: decisionAt(at), theirs };
    return [
      { ...row, id: randomUUID(), policyRole: 'acting' as const },
      {
        ...row,
        id: randomUUID(),
        decision: { ...row.decision, desired: tick < TICKS - 3 ? 4 : 6 },
        policyRole: 'candidate' as const,
        theirs: { by: 'of a trial', desired: 9 },
      },
    ];
  });
  await app.dataSource.transaction(async (manager) => {
    await app.app.get(ObservationRepository).writeTick(observations, manager);
    await app.app.get(DecisionRepository).writeTick(decisions, manager);
  });
  for (const view of ['minute', 'hour'])
    await app.dataSource.query(`CALL refresh_continuous_aggregate('observations_by_${view}', NULL, $1::timestamptz)`, [
      new Date(NOW),
    ]);
});
afterAll(async () => app.close());

async function get(path: string): Promise<Record<string, unknown>> {
  return (await app.send(token, 'GET', `/clusters/${id}/${path}`)).body;
}

describe('what another autoscaler wanted', () => {
  it('is beside the count of the policy on trial', async () => {
    expect((await get('timeline?range=10m'))['trial']).toEqual([4, 4, 4, 4, 4, 4, 4, 6, 6, 6]);
  });

  it('is at each tick of a short timeline, with its name', async () => {
    const { theirs, theirs_by, timestamps } = await get('timeline?range=10m');
    expect(timestamps).toHaveLength(10);
    expect(theirs).toEqual([5, 5, 5, 5, 5, null, null, null, null, null]);
    expect(theirs_by).toBe(BY);
  });

  it.each([
    ['10h', 'hour', 10, [3, 3, 3, 3, 3, 5, 5, 5, 5, 5]],
    ['4h', 'minute', 16, Array.from({ length: 16 }, () => 5)],
  ])('is in each bucket of a timeline of %s, aggregated by %s', async (range, source, points, expected) => {
    const timeline = await get(`timeline?range=${range}&points=${points}`);
    expect(timeline).toMatchObject({ source, theirs: expected, theirs_by: BY });
  });

  it('is unknown where there was none', async () => {
    const timeline = await get('timeline?range=5m');
    expect(timeline).toMatchObject({ theirs: [null, null, null, null, null], theirs_by: null });
    expect(await get('timeline?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z')).toMatchObject({
      theirs: [],
      theirs_by: null,
    });
  });

  it('is in the status as of the last decision of the acting policy', async () => {
    expect((await get('status'))['theirs']).toBeNull();
    const at = NOW + 1000;
    const row = { id: randomUUID(), clusterId: id, decision: decisionAt(at), policyRole: 'acting' as const };
    await app.dataSource.transaction(async (manager) =>
      app.app.get(DecisionRepository).writeTick([{ ...row, theirs: { by: BY, desired: 0 } }], manager),
    );
    expect((await get('status'))['theirs']).toEqual({ by: BY, desired: 0 });
  });
});
