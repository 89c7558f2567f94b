import type { Fence } from '#partitions';
import type { LiveAlert } from '../events.js';
import type { Acted } from './actor.js';
import { commit } from './cluster-memory.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import { alertsOf } from './conditions.js';
import { totalOf } from './tracking.js';

/** How a tick left its cluster. */
export type Left = Readonly<
  Pick<ClusterRuntime, 'cluster' | 'tracking' | 'engineState' | 'candidate' | 'backoff' | 'conditions'>
> & { readonly fence: Fence | null };

/**
 * A tick that is over. What is recorded and broadcast of it is read from here and never from the runtime, which may be
 * ticks ahead by the time the database is back.
 */
export interface Concluded extends Acted {
  readonly left: Left;
  /** What began, ended or happened with this tick. */
  readonly alerts: readonly LiveAlert[];
}

/** Ends a tick: what it has learned is handed on, its alerts are raised or cleared, and what it leaves behind is fixed. */
export function conclude(tick: Acted): Concluded {
  const { runtime, before, memory } = tick;
  commit(runtime, before, memory);
  runtime.last = countsOf(tick);
  const { alerts, conditions } = alertsOf(tick, runtime.conditions);
  runtime.conditions = conditions;
  const { cluster, fence, tracking, engineState, candidate, backoff } = runtime;
  return { ...tick, alerts, left: { cluster, fence, tracking, engineState, candidate, backoff, conditions } };
}

/** What is not carried out is not what the cluster should have: a policy that only recommends, and what a brake withheld. */
function countsOf({ decision, memory }: Acted): ClusterRuntime['last'] {
  const { mode, desired, reference, unmet } = decision;
  return { desired: mode === 'act' ? desired : reference, actual: totalOf(memory.tracking), unmet };
}
