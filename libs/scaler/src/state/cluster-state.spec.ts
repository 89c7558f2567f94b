import { describe, expect, it } from '@jest/globals';
import { type HeldAlert, type KnownOfCluster, stateOf } from './cluster-state.js';

const NOW = Date.UTC(2026, 0, 5, 12);
const FINE: KnownOfCluster = {
  status: 'active',
  statusReason: null,
  alerts: [],
  budget: { promised: 0.01, spent: 0.004 },
  tickedAt: NOW - 10_000,
  intervalMs: 10_000,
};

function alert(code: string, severity: HeldAlert['severity'], minute = 0): HeldAlert {
  return { code, severity, message: `${code}!`, since: new Date(NOW + minute * 60_000).toISOString() };
}

describe('the state of a cluster', () => {
  it.each<[string, Partial<KnownOfCluster>, string, string | null]>([
    ['nothing is wrong', {}, 'ok', null],
    ['nothing is known yet', { tickedAt: null, budget: null }, 'ok', null],
    ['a scale-up was refused', { alerts: [alert('scaling_failed', 'critical')] }, 'critical', 'scaling_failed'],
    [
      'the worst of several',
      { alerts: [alert('metrics_missing', 'warning'), alert('saturated', 'critical', 5)] },
      'critical',
      'saturated',
    ],
    [
      'the oldest of equals',
      { alerts: [alert('unmet_demand', 'warning', 3), alert('metrics_missing', 'warning', 1)] },
      'attention',
      'metrics_missing',
    ],
    ['only an information', { alerts: [alert('drift', 'info')] }, 'ok', null],
    ['its provider is out of reach', { status: 'error', statusReason: 'HTTP 500' }, 'critical', 'error'],
    ['it was not ticked for long', { tickedAt: NOW - 61_000 }, 'attention', 'silent'],
    ['its interval is longer than that', { tickedAt: NOW - 61_000, intervalMs: 60_000 }, 'ok', null],
    ['its promise is broken', { budget: { promised: 0.01, spent: 0.53 } }, 'attention', 'promise_broken'],
    [
      'an alert beside a broken promise',
      { budget: { promised: 0.01, spent: 0.53 }, alerts: [alert('error_budget_spent', 'warning')] },
      'attention',
      'error_budget_spent',
    ],
  ])('%s', (_name, known, level, code) => {
    expect(stateOf({ ...FINE, ...known }, NOW)).toMatchObject({ level, code });
  });
});
