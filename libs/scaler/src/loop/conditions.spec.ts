import { describe, expect, it } from '@jest/globals';
import type { Cluster } from '#clusters';
import { uniformObservation } from '#engine';
import type { Decision, ServiceLevelReport } from '#engine';
import { type Conditions, emptyMemory } from './cluster-memory.js';
import { alertsOf } from './conditions.js';
import type { Acted } from './stages.js';

const SLO = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };

const CLUSTER: Cluster = {
  id: '00000000-0000-4000-8000-000000000002',
  ownerId: '00000000-0000-4000-8000-000000000001',
  name: 'web',
  bounds: { min: 1, max: 10 },
  policy: { mode: 'act', slo: SLO },
  candidate: null,
  provider: { type: 'simulator' },
  config: {},
  status: 'active',
  statusReason: null,
  conflictsWith: null,
  hold: null,
  createdAt: 0,
  updatedAt: 0,
  deletedAt: null,
};

const DECISION: Decision = {
  at: 0,
  action: 'MAINTAIN',
  current: 2,
  listed: 2,
  reference: 2,
  desired: 2,
  wished: 2,
  unmet: 0,
  policy: 'slo',
  code: 'kept',
  reason: 'kept',
  steps: [],
  mode: 'act',
};

function reportOf(left: number, nine: number, state: ServiceLevelReport['state']): ServiceLevelReport {
  return {
    at: 0,
    state,
    since: 0,
    stepSeconds: 60,
    leadSeconds: 120,
    // Unused share and budget left differ.
    budget: { promised: 0.01, spent: 0.01 * (1 - left), left: -left, burnRate: 3.14 },
    trust: {
      coverage: { '0.5': 0.5, '0.9': nine, '0.99': 0.97 },
      pinball: { '0.5': 1, '0.9': 1, '0.99': 1 },
      bias: 0,
      settled: 1000,
      demoted: state === 'demoted',
      skill: 0.3,
      predictable: true,
      horizons: [],
    },
  };
}

/** A tick that ends with this state of the service level. */
function tickWith(report: ServiceLevelReport, policy: Cluster['policy'] = CLUSTER.policy): Acted {
  const cluster = { ...CLUSTER, policy };
  const empty = emptyMemory(cluster, 0);
  const memory = { ...empty, acting: { ...empty.acting, state: { slo: { changes: [], report } } } };
  return {
    cluster,
    fence: null,
    intervalMs: 10_000,
    before: memory,
    memory,
    provider: { servers: [], desired: 2 },
    blocked: null,
    theirs: null,
    samples: [],
    totals: null,
    maxCpuPercent: null,
    late: null,
    metricsError: null,
    incomplete: null,
    at: 0,
    observation: null,
    leadTime: null,
    notes: [],
    resolved: [],
    decisionId: 'd',
    decision: DECISION,
    forecast: null,
    candidate: null,
    event: null,
    onJournal: false,
  };
}

const NONE: Conditions = new Map();

describe('alerts of a service level', () => {
  it('are raised once when the forecast is withdrawn, and cleared once when it is back', () => {
    const down = alertsOf(tickWith(reportOf(0.5, 0.71, 'demoted')), NONE);
    expect(down.alerts).toEqual([
      {
        code: 'forecast_demoted',
        severity: 'warning',
        state: 'raised',
        message: expect.any(String),
        data: { coverage: 0.71, settled: 1000 },
      },
    ]);
    const still = alertsOf(tickWith(reportOf(0.5, 0.73, 'demoted')), down.conditions);
    expect(still.alerts).toEqual([]);
    const back = alertsOf(tickWith(reportOf(0.5, 0.83, 'trusted')), still.conditions);
    expect(back.alerts).toEqual([
      { code: 'forecast_demoted', severity: 'info', state: 'cleared', message: expect.any(String) },
    ]);
    expect(back.conditions.size).toBe(0);
  });

  it('are raised when the error budget is spent, without flapping around zero', () => {
    const spent = alertsOf(tickWith(reportOf(-0.01, 0.9, 'trusted')), NONE);
    expect(spent.alerts).toMatchObject([
      {
        code: 'error_budget_spent',
        state: 'raised',
        data: { spent: expect.closeTo(0.0101), promised: 0.01, burn_rate: 3.14 },
      },
    ]);
    const hardly = alertsOf(tickWith(reportOf(0.05, 0.9, 'trusted')), spent.conditions);
    expect(hardly.alerts).toEqual([]);
    const saved = alertsOf(tickWith(reportOf(0.11, 0.9, 'trusted')), hardly.conditions);
    expect(saved.alerts).toMatchObject([{ code: 'error_budget_spent', state: 'cleared' }]);
  });

  it('are none when the service level was removed', () => {
    const policy: Cluster['policy'] = { mode: 'act' };
    expect(alertsOf(tickWith(reportOf(-1, 0.5, 'demoted'), policy), NONE).alerts).toEqual([]);
  });
});

describe('saturation', () => {
  const full = (change: Partial<Acted>, decision: Partial<Decision> = {}, provisioning = 0): string[] => {
    const tick = tickWith(reportOf(0.5, 0.9, 'trusted'));
    const cpu = { at: 0, active: 2, provisioning, cpu: 100, requestRate: 0, demand: 2 };
    const observation = uniformObservation({ ...cpu, saturated: true });
    const acted = { ...tick, observation, decision: { ...tick.decision, ...decision }, ...change } as unknown as Acted;
    return [...alertsOf(acted, NONE).conditions.keys()].filter((code) => code === 'saturated');
  };

  it.each<[string, string[], Partial<Acted>, Partial<Decision>, number]>([
    ['while a policy waits for its own rules', [], {}, {}, 0],
    ['whose scale-up is withheld', ['saturated'], {}, { wished: 4, code: 'backing_off' }, 0],
    ['that are only recommended', ['saturated'], {}, { wished: 4, desired: 4, action: 'SCALE_UP' }, 0],
    ['of a cluster at its maximum', ['saturated'], {}, { current: 10, desired: 10, wished: 10 }, 0],
    ['of a cluster that a person holds', ['saturated'], {}, { policy: 'hold' }, 0],
    ['while others are on their way', [], {}, { wished: 4 }, 1],
    ['of which more were asked for', [], { event: { outcome: 'success' } as Acted['event'] }, { wished: 4 }, 0],
    ['of which more were refused', ['saturated'], { event: { outcome: 'failed' } as Acted['event'] }, { wished: 4 }, 0],
  ])('of full servers %s raises %j', (_name, expected, change, decision, provisioning) => {
    expect(full(change, decision, provisioning)).toEqual(expected);
  });
});

describe('the alert of a refused request', () => {
  it('stays as it is while the next attempt is waited for, and the one of full servers does not repeat it', () => {
    const cpu = { at: 0, active: 10, provisioning: 0, cpu: 100, requestRate: 0, demand: 10 };
    const observation = uniformObservation({ ...cpu, saturated: true });
    const tick = { ...tickWith(reportOf(0.5, 0.9, 'trusted')), observation };
    const wants = { ...DECISION, current: 10, reference: 10, wished: 40 };
    const counts = { desired: 40, serversBefore: 10, serversAfter: 10, error: 'no capacity' };
    const event = { action: 'SCALE_UP', outcome: 'failed', ...counts } as Acted['event'];
    const backoff = { failures: 1, until: tick.at + 5000, waitsFor: 'consent' } as const;
    const refused = { ...tick, event, decision: wants, memory: { ...tick.memory, backoff } };
    const first = alertsOf(refused, NONE).conditions;
    expect(first.get('scaling_failed')?.message).toMatch(/^The provider refused 30 more servers: no capacity\./);
    const waiting = { ...wants, code: 'backing_off', reason: 'The provider refused.\nNext attempt in 3 s.' };
    const later = alertsOf({ ...refused, event: null, decision: waiting }, first).conditions;
    expect(later).toEqual(first);
    expect(later.get('saturated')?.message).toBe('All 10 servers are full, and none is being added.');
    expect(alertsOf({ ...refused, event: null, decision: wants }, first).conditions.has('scaling_failed')).toBe(false);
  });
});

describe('the alert of a cluster at its maximum', () => {
  const unmetOf = (saturated: boolean, policy: Decision['policy']) => {
    const tick = tickWith(reportOf(0.5, 0.9, 'trusted'));
    const cpu = { at: 0, active: 4, provisioning: 0, cpu: 100, requestRate: 0, demand: 4 };
    const observation = uniformObservation({ ...cpu, saturated });
    const decision = { ...DECISION, wished: 7, unmet: 3, policy };
    return alertsOf({ ...tick, observation, decision }, NONE).conditions.get('unmet_demand');
  };

  it.each([
    [false, 'target_tracking', 'known', 'Needs 7 servers, limit is 4.'],
    [true, 'target_tracking', 'at_least', 'Needs at least 7 servers, limit is 4. The servers are full'],
    [true, 'slo', 'estimated', 'May need 7 servers, limit is 4. The servers are full'],
    [true, 'hold', 'known', 'Needs 7 servers, limit is 4.'],
  ] as const)('with full servers (%s) and %s is sure of the need: %s', (saturated, policy, need, message) => {
    expect(unmetOf(saturated, policy)).toMatchObject({
      message: expect.stringContaining(message),
      data: { unmet: 3, needed: 7, allowed: 4, need },
    });
  });
});

describe('the alert of a cluster at its maximum that only recommends', () => {
  const limit = { field: 'maxReplicas', servers: 4 };
  const hpa = { by: 'HorizontalPodAutoscaler web', reason: 'it scales Deployment web between 2 and 4 replicas', limit };
  const unmet = (blocked: Acted['blocked'], mode: Decision['mode']) => {
    const decision = { ...DECISION, wished: 7, unmet: 3, mode };
    return alertsOf({ ...tickWith(reportOf(0.5, 0.9, 'trusted')), blocked, decision }, NONE).conditions.get(
      'unmet_demand',
    );
  };

  it('names the limit that rules, which is that of the HPA', () => {
    expect(unmet(hpa, 'recommend')).toMatchObject({
      message:
        'Needs 7 servers, limit is 4. HorizontalPodAutoscaler web scales it and allows 4: raise its maxReplicas.',
      data: { only_recommends: true, other: hpa.by, their_limit: 4, their_limit_field: 'maxReplicas' },
    });
    expect(unmet(null, 'recommend')?.message).toBe('Needs 7 servers, limit is 4. The service only recommends.');
    expect(unmet(hpa, 'act')?.message).toBe('Needs 7 servers, limit is 4.');
  });

  it.each([
    [4, 'Needs 7 servers, limit is 4. HorizontalPodAutoscaler web allows 4: raise its maximum.'],
    [10, 'Needs 7 servers, limit is 4.'],
  ])('names an HPA that bounds the count although it is switched off, if its %i is lower than ours', (max, message) => {
    const outerBounds = { by: 'HorizontalPodAutoscaler web', min: 1, max };
    const decision = { ...DECISION, wished: 7, unmet: 3 };
    const tick = { ...tickWith(reportOf(0.5, 0.9, 'trusted')), outerBounds, decision };
    expect(alertsOf(tick, NONE).conditions.get('unmet_demand')?.message).toBe(message);
  });
});

describe('the alert of an external change', () => {
  it.each([
    ['argocd-controller', 'argocd-controller set the desired count from 6 to 3.'],
    [null, 'An external change set the desired count from 6 to 3.'],
  ])('names who set the count where that is known: %s', (setBy, message) => {
    const tick = tickWith(reportOf(1, 0.9, 'trusted'));
    const { alerts } = alertsOf({ ...tick, setBy, notes: [{ kind: 'drift', from: 6, to: 3 }] }, NONE);
    expect(alerts).toContainEqual(expect.objectContaining({ code: 'drift', message }));
  });
});
