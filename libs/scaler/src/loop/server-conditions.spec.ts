import { describe, expect, it } from '@jest/globals';
import { observe, TARGET_TRACKING_DEFAULTS } from '#engine';
import type { Observation, Policy, Sample, Server } from '#engine';
import { refusals, silence } from './server-conditions.js';

const NOW = Date.UTC(2026, 0, 5);
const SLO: Policy = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' };
const REQUESTS: Policy = {
  targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'request_rate', target: 100 }] },
  mode: 'act',
};

/** Ten servers; `null`: one sends no metrics. */
function seen(changeOf: (index: number) => Partial<Sample> | null): Observation {
  const servers = Array.from({ length: 10 }, (_, index): Server => ({ id: `s${index}`, state: 'ACTIVE' }));
  const samples = servers.flatMap(({ id: serverId }, index) => {
    const change = changeOf(index);
    return change === null ? [] : [{ serverId, at: NOW, cpu: 50, memory: 40, requestRate: 10, ...change }];
  });
  return observe({ now: NOW, intervalMs: 10_000, servers, samples });
}

describe('servers that do not report', () => {
  it.each([0, 1])('raise no alert while there are %i of ten', (count) => {
    expect(
      silence(
        seen((index) => (index < count ? null : {})),
        SLO,
      ),
    ).toBeNull();
  });

  it.each([2, 4, 5])('raise an alert from a fifth on: %i of ten', (count) => {
    const message = silence(
      seen((index) => (index < count ? null : {})),
      SLO,
    );
    expect(message).toEqual({ silent: count, active: 10, metric: null });
  });

  it('are detected by the metric that the policy uses', () => {
    const withoutCpu = seen((index) => (index < 4 ? { cpu: null } : {}));
    expect(silence(withoutCpu, SLO)).toEqual({ silent: 4, active: 10, metric: 'cpu' });
    expect(silence(withoutCpu, REQUESTS)).toBeNull();
    expect(silence(withoutCpu, { ...SLO, forecastOnly: ['slo'] })).toBeNull();
    const withoutRequests = seen(() => ({ requestRate: null }));
    expect(silence(withoutRequests, REQUESTS)).toEqual({ silent: 10, active: 10, metric: 'request_rate' });
    expect(silence(withoutRequests, SLO)).toBeNull();
  });
});

describe('implausible samples', () => {
  it('are reported with the invalid field', () => {
    expect(refusals(seen(() => ({})))).toBeNull();
    expect(refusals(seen((index) => (index < 3 ? { requestRate: -1 } : {})))).toEqual({
      out_of_range: 3,
      fields: 'request_rate',
    });
    expect(refusals(seen((index) => (index < 3 ? { at: NOW - 3_600_000 } : {})))).toEqual({ stale: 3, fields: '' });
  });
});
