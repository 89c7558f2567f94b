import { describe, expect, it } from '@jest/globals';
import { thresholdDefaults } from '#clusters';
import { configOf } from '#config';
import { type Policy, TARGET_TRACKING_DEFAULTS } from '#engine';
import { BadRequestError } from '#http';
import type { CreateBacktestDto } from './backtest.dto.js';
import { planBacktest } from './backtest.plan.js';

const NOW = Date.UTC(2026, 0, 20, 12, 34, 56);
const SLO: Policy = { mode: 'act', slo: { violations: 0.005, maxUtilization: 0.8, maxActionsPerDay: null } };
const TRACE = 'timestamp,value\n2026-01-05T00:00:00Z,120\n2026-01-05T00:05:00Z,131\n';
const config = configOf({ 'scaler.max_servers': 500, 'analyzer.cpu_high': 77 });

function plan(dto: CreateBacktestDto, policy: Policy = SLO, leadTimeMs: number | null = null) {
  return planBacktest(dto, {
    cluster: { policy, bounds: { min: 0, max: 20 } },
    leadTimeMs,
    now: NOW,
    thresholds: thresholdDefaults(config),
    maxServers: config.scaler.maxServers,
  });
}

function faults(dto: CreateBacktestDto, policy?: Policy): readonly string[] {
  try {
    plan(dto, policy);
  } catch (error) {
    if (error instanceof BadRequestError)
      return (error.details ?? []).map((detail) => `${detail.field}: ${detail.error}`);
    throw error;
  }
  return [];
}

describe('the plan of a backtest', () => {
  it('fills in defaults', () => {
    expect(plan({})).toEqual({
      source: 'history',
      // Whole minutes: the current one would be different when the job runs again.
      from: '2026-01-06T12:34:00.000Z',
      to: '2026-01-20T12:34:00.000Z',
      peak_servers: null,
      policies: [
        {
          name: 'current',
          policy: { slo: { violations: '0.5%', max_utilization: '80%', max_actions_per_day: null }, mode: 'act' },
        },
      ],
      provisioning: '2m',
      compare: ['hpa', 'aws', 'nomad', 'azure', 'threshold', 'trailing', 'seasonal', 'hindsight'],
      promises: ['0.2%', '0.5%', '1%', '2%', '5%'],
      // The tick world has at least one server.
      min_servers: 1,
      max_servers: 20,
      tick: '1m',
      noise: 0.02,
      seed: 1,
      cost: null,
    });
  });

  it('uses the measured lead time and the requested range', () => {
    const planned = plan({ from: '2026-01-10T00:00:30Z', to: '2026-01-11T00:00:00Z' }, SLO, 61_250);
    expect(planned.provisioning).toBe('1m1s250ms');
    expect(planned).toMatchObject({ from: '2026-01-10T00:00:00.000Z', to: '2026-01-11T00:00:00.000Z' });
    expect(plan({ range: '7d' }).from).toBe('2026-01-13T12:34:00.000Z');
  });

  it("scales a trace to the cluster's maximum by default", () => {
    expect(plan({ trace: TRACE })).toMatchObject({ source: 'trace', from: null, to: null, peak_servers: 12 });
    expect(plan({ trace: TRACE, max_servers: 400 }).peak_servers).toBe(40);
    expect(plan({ trace: TRACE, peak_servers: 7 }).peak_servers).toBe(7);
  });

  it('stores the configured defaults of thresholds', () => {
    const planned = plan({ policies: [{ name: 'rules', policy: { threshold: { cpu_low: 20 } } }] });
    expect(planned.policies[0]?.policy.threshold).toMatchObject({ cpu_high: 77, cpu_low: 20 });
  });

  it.each<[string, CreateBacktestDto, string]>([
    ['two beginnings', { range: '7d', from: '2026-01-10T00:00:00Z' }, 'range: range and from both say where to begin'],
    ['the future', { to: '2026-02-01T00:00:00Z' }, 'to: to must not be in the future'],
    ['no time at all', { from: '2026-01-10T00:00:00Z', to: '2026-01-10T00:00:00Z' }, 'from: from must be before to'],
    ['a time that there is not', { to: '2016-12-31T23:59:60Z' }, 'to: to is a time that there is not'],
    ['a range for a trace', { trace: TRACE, range: '7d' }, 'range: range is for recorded history'],
    ['a peak for history', { peak_servers: 4 }, 'peak_servers: peak_servers is for traces'],
    ['bounds that cross', { min_servers: 30, max_servers: 20 }, 'min_servers: min_servers (30) must not be greater'],
    ['more servers than may be', { max_servers: 501 }, 'which scaler.max_servers allows'],
    [
      'a trace that is none',
      { trace: 'time,load\n1,2\n' },
      'trace: trace cannot be read: trace:1: expected the header',
    ],
    ['too many ticks', { range: '300d' }, 'the run would have 432000 ticks, and 200000 are allowed'],
    [
      'an empty policy',
      { policies: [{ name: 'none', policy: {} }] },
      'policies.0.policy: policy "none": policy must name',
    ],
    [
      'a policy that contradicts itself',
      { policies: [{ name: 'odd', policy: { threshold: { cpu_high: 30, cpu_low: 60 } } }] },
      'policies.0.policy.threshold.cpu_low: policy "odd": cpu_low (60) must be below cpu_high (30)',
    ],
    [
      'a metric that is not played',
      { policies: [{ name: 'ram', policy: { target_tracking: { metrics: [{ metric: 'memory', target: 60 }] } } }] },
      'a backtest knows CPU only, and the policy tracks memory',
    ],
  ])('refuses %s', (_what, dto, message) => {
    expect(faults(dto).join('; ')).toContain(message);
  });

  it('reports all errors at once', () => {
    const found = faults({
      trace: 'nonsense',
      range: '7d',
      min_servers: 600,
      policies: [{ name: 'none', policy: {} }],
    });
    expect(found.map((fault) => fault.split(':')[0])).toEqual(['max_servers', 'range', 'trace', 'policies.0.policy']);
  });

  it("asks for policies if the cluster's own cannot be played", () => {
    const targetTracking = { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'request_rate' as const, target: 60 }] };
    expect(faults({}, { mode: 'act', targetTracking })).toEqual([
      "policies: policies must be given: of the cluster's own policy, a backtest knows CPU only, and the policy tracks request_rate",
    ]);
  });
});
