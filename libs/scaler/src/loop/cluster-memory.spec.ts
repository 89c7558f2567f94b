import { describe, expect, it } from '@jest/globals';
import type { Cluster } from '#clusters';
import type { Policy } from '#engine';
import { type ClusterMemory, committed, emptyMemory, redefinedMemory, restoredMemory } from './cluster-memory.js';
import { concludeFailed } from './conclude.js';

const ACTING: Policy = { mode: 'act' };
const TRIAL: Policy = { mode: 'recommend' };

const CLUSTER: Cluster = {
  id: '00000000-0000-4000-8000-000000000002',
  ownerId: '00000000-0000-4000-8000-000000000001',
  name: 'web',
  bounds: { min: 1, max: 10 },
  policy: ACTING,
  candidate: { policy: TRIAL, since: 0, by: 'ada' },
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

/** Both lanes have state. */
function memoryOf(cluster: Cluster): ClusterMemory {
  const { acting, candidate, ...rest } = emptyMemory(cluster, 0);
  const trial = candidate === null ? null : { ...candidate, state: { threshold: 'of the trial' } };
  return { ...rest, acting: { ...acting, state: { threshold: 'of the acting one' } }, candidate: trial };
}

/** What a tick returns: both policies have learned. */
function ticked(memory: ClusterMemory): ClusterMemory {
  const { acting, candidate } = memory;
  return {
    ...memory,
    acting: { ...acting, state: { threshold: 'ticked' } },
    candidate: candidate && { ...candidate, state: { threshold: 'tried' } },
    last: { desired: 3, actual: 2, unmet: 0 },
  };
}

describe('cluster memory', () => {
  const before = memoryOf(CLUSTER);
  const adopting: Cluster = { ...CLUSTER, policy: TRIAL, candidate: null };

  it('is replaced by the result of a tick', () => {
    const after = ticked(before);
    expect(committed(before, before, after)).toBe(after);
  });

  it('moves the lane of an adopted trial, and stores its model with the next tick', () => {
    const { acting, candidate, modelDueAt } = redefinedMemory(before, adopting);
    expect(acting).toEqual({ policy: TRIAL, state: { threshold: 'of the trial' }, ready: true });
    expect({ candidate, modelDueAt }).toEqual({ candidate: null, modelDueAt: 0 });
  });

  it('keeps a lane that was adopted during a tick', () => {
    const now = redefinedMemory(before, adopting);
    const { acting, candidate, last, modelDueAt } = committed(now, before, ticked(before));
    expect(acting).toBe(now.acting);
    expect({ candidate, modelDueAt }).toEqual({ candidate: null, modelDueAt: 0 });
    expect(last).toEqual({ desired: 3, actual: 2, unmet: 0 });
  });

  it('keeps what a tick learned when the policy changed during it', () => {
    const changed: Policy = { mode: 'recommend' };
    const now = redefinedMemory(before, { ...CLUSTER, policy: changed });
    const { acting, candidate } = committed(now, before, ticked(before));
    expect(acting).toEqual({ policy: changed, state: { threshold: 'ticked' }, ready: true });
    expect(candidate?.state).toEqual({ threshold: 'tried' });
  });

  it('resets a trial that was replaced during a tick', () => {
    const other = { policy: ACTING, since: 1, by: 'ada' };
    const now = redefinedMemory(before, { ...CLUSTER, candidate: other });
    expect(committed(now, before, ticked(before)).candidate).toEqual({ policy: other.policy, state: {}, ready: true });
  });

  it('is not ready until the model is loaded where the service level decides', () => {
    const slo = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
    const promised: Cluster = { ...CLUSTER, policy: { mode: 'act', slo }, candidate: null };
    expect(emptyMemory(promised, 0).acting.ready).toBe(true);
    expect(redefinedMemory(before, promised).acting.ready).toBe(false);
    const stored = {
      clusterId: CLUSTER.id,
      tickedAt: 0,
      actual: 2,
      engineState: null,
      tracking: before.tracking,
      candidate: null,
      alerts: [],
      backoff: null,
    };
    expect(restoredMemory(promised, stored, [], 0).memory.acting.ready).toBe(false);
  });

  it('is unchanged after a failed tick, except for the condition, which begins once', () => {
    const start = { cluster: CLUSTER, fence: null, intervalMs: 10_000, before };
    const failed = concludeFailed(start, 5000, 'decide failed');
    const { conditions, ...rest } = failed.memory;
    expect({ ...rest, conditions: before.conditions }).toEqual(before);
    expect([...conditions.keys()]).toEqual(['tick_failed']);
    expect(failed.alerts).toHaveLength(1);
    const again = concludeFailed({ ...start, before: failed.memory }, 15_000, 'decide failed');
    expect(again).toMatchObject({ memory: failed.memory, alerts: [] });
  });
});
