import type { ClusterMemory } from './cluster-memory.js';
import { alertsOf, failureOf } from './conditions.js';
import { modelDueAt } from './schedule.js';
import type { Acted, FailedTick, Started, TickRecord } from './stages.js';
import { totalOf } from './tracking.js';

/** Ends a tick: raises and clears alerts, and freezes what is kept, recorded and broadcast. */
export function conclude(tick: Acted): TickRecord {
  const { cluster, memory, at } = tick;
  const { tracking, shown } = memory;
  const { alerts, conditions } = alertsOf(tick, memory.conditions);
  const names = [...conditions.keys()].join();
  const isModelDue = at >= memory.modelDueAt;
  const isShown = shown?.cluster === cluster && shown.tracking === tracking && shown.conditions === names;
  return Object.freeze<TickRecord>({
    ...tick,
    alerts,
    memory: {
      ...memory,
      conditions,
      last: countsOf(tick),
      recordedTracking: tracking,
      modelDueAt: isModelDue ? modelDueAt(cluster.id, at) : memory.modelDueAt,
      shown: isShown ? shown : { cluster, tracking, conditions: names },
    },
    changed: { tracking: tracking !== memory.recordedTracking, model: isModelDue, state: !isShown },
  });
}

/** Ends a failed tick: the memory stays unchanged, except for the alert that was raised. */
export function concludeFailed(tick: Started, at: number, message: string): FailedTick {
  const { cluster, fence, intervalMs, before } = tick;
  const started = { cluster, fence, intervalMs, before, at };
  const alert = failureOf(message);
  const { code, state: _state, ...known } = alert;
  if (before.conditions.has(code)) return { ...started, memory: before, alerts: [] };
  const since = new Date(at).toISOString();
  const conditions = new Map([...before.conditions, [code, { code, ...known, since }] as const]);
  return { ...started, memory: { ...before, conditions }, alerts: [alert] };
}

/** Withheld and recommend-only decisions do not change the desired count of the gauges. */
function countsOf({ decision, memory }: Acted): ClusterMemory['last'] {
  const { mode, desired, reference, unmet } = decision;
  return { desired: mode === 'act' ? desired : reference, actual: totalOf(memory.tracking), unmet };
}
