import { describe, expect, it } from '@jest/globals';
import { type LiveCluster, NOTHING_HEARD } from '../live/live-cluster';
import { declared, isIn, matches, type Overview, promiseState, seen, sorted, type State, stateOf } from './overview';

const OK: State = { level: 'ok', code: null, message: null, since: null };
const REFUSED: State = { level: 'critical', code: 'scaling_failed', message: 'No capacity.', since: null };
const MISSED: State = { level: 'attention', code: 'promise_broken', message: 'Missed.', since: null };
const NOW = Date.parse('2026-11-24T12:00:00Z');

function overview(name: string, more: Partial<Overview> = {}): Overview {
  return {
    id: name,
    name,
    owner: 'ada',
    status: 'active',
    status_reason: null,
    state: OK,
    min_servers: 1,
    max_servers: 9,
    policies: ['slo'],
    mode: 'act',
    simulated_until: null,
    desired_servers: 3,
    servers: { active: 3, provisioning: 0, draining: 0 },
    cpu: 50,
    demand: 1.5,
    ticked_at: new Date(NOW - 1000).toISOString(),
    cost: null,
    cost_per_hour: null,
    hold: null,
    last_scaling: null,
    promise: null,
    budget: null,
    recent_demand: { start: new Date(NOW).toISOString(), step_ms: 10_000, values: [] },
    ...more,
  };
}

function heard(status: 'active' | 'paused', stateAt: number): LiveCluster {
  const state = {
    status,
    state: REFUSED,
    desired: 3,
    actual: 3,
    active: 3,
    provisioning: 0,
    draining: 0,
    min_servers: 1,
    max_servers: 9,
    lead_time_ms: null,
    hold: null,
    servers: [],
  };
  return { ...NOTHING_HEARD, state, stateAt };
}

const conditionOf = (of: Overview, live = NOTHING_HEARD): string => seen(of, NOW, live, NOW).condition;

describe('the definition of a cluster', () => {
  it('is the loaded one if newer: a paused cluster may emit no events', () => {
    expect(declared(overview('a', { status: 'paused' }), NOW, heard('active', NOW - 500)).status).toBe('paused');
  });

  it('is the live one if newer', () => {
    expect(declared(overview('a', { status: 'paused' }), NOW, heard('active', NOW + 500)).status).toBe('active');
  });
});

describe('the state of a cluster', () => {
  it('is the loaded or live one, whichever is newer', () => {
    expect(stateOf(OK, NOW, heard('active', NOW - 500))).toEqual(OK);
    expect(stateOf(OK, NOW, heard('active', NOW + 500))).toEqual(REFUSED);
  });
});

describe('the condition of a cluster', () => {
  it.each([
    ['steady', {}],
    ['paused', { status: 'paused', ticked_at: null }],
    ['new', { ticked_at: null, servers: null }],
    ['scaling', { servers: { active: 3, provisioning: 1, draining: 0 } }],
    ['critical', { state: REFUSED }],
    ['critical', { state: REFUSED, status: 'paused' }],
    ['attention', { state: MISSED, servers: { active: 3, provisioning: 1, draining: 0 } }],
    ['held', { hold: { desired_servers: 3, until: new Date(NOW + 60_000).toISOString(), by: 'ada' } }],
    ['steady', { hold: { desired_servers: 3, until: new Date(NOW - 1).toISOString(), by: 'ada' } }],
  ] as const)('is %s: %#', (condition, more) =>
    expect(conditionOf(overview('a', more as unknown as Partial<Overview>))).toBe(condition),
  );
});

describe('the service level of a cluster', () => {
  const promise = { violations: '1%', max_utilization: '90%' } as unknown as Overview['promise'];
  const budget = (spent: number, burn_rate: number) =>
    ({ promised: 0.01, spent, left: 1 - spent / 0.01, burn_rate }) as Overview['budget'];
  it.each([
    ['none', null, null],
    ['unknown', promise, null],
    ['kept', promise, budget(0.002, 0.5)],
    ['kept', promise, budget(0.009, 0.5)],
    ['at_risk', promise, budget(0.009, 2)],
    ['broken', promise, budget(0.011, 0)],
  ] as const)('is %s: %#', (state, made, left) => expect(promiseState({ promise: made, budget: left })).toBe(state));
});

describe('a list of clusters', () => {
  const all = ['web 10', 'web 2', 'Web 1'].map((name, index) =>
    seen(overview(name, { demand: index, owner: name === 'web 2' ? 'bob' : 'ada' }), NOW, NOTHING_HEARD, NOW),
  );
  const names = (clusters: typeof all): string[] => clusters.map(({ overview: { name } }) => name);

  it('is sorted numerically, and by a column in both directions', () => {
    expect(names(sorted(all, { key: 'name', descending: false }))).toEqual(['Web 1', 'web 2', 'web 10']);
    expect(names(sorted(all, { key: 'demand', descending: true }))).toEqual(['Web 1', 'web 2', 'web 10']);
  });

  it('starts with the most urgent, then by name', () => {
    const some = [overview('a'), overview('b', { state: MISSED }), overview('c', { state: REFUSED })].map((one) =>
      seen(one, NOW, NOTHING_HEARD, NOW),
    );
    expect(names(sorted([...all, ...some], { key: 'urgency', descending: false }))).toEqual([
      'c',
      'b',
      'a',
      'Web 1',
      'web 2',
      'web 10',
    ]);
  });

  it('is searched by name and owner, for each word', () => {
    expect(names(all.filter((each) => matches(each, 'WEB 1')))).toEqual(['web 10', 'Web 1']);
    expect(names(all.filter((each) => matches(each, 'bob')))).toEqual(['web 2']);
  });

  it('is filtered by activity, also for clusters with a problem', () => {
    const wrong = seen(overview('a', { status: 'paused', state: MISSED }), NOW, NOTHING_HEARD, NOW);
    expect((['all', 'attention', 'paused', 'held'] as const).map((filter) => isIn(wrong, filter))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
