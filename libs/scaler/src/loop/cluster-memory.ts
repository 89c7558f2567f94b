import type { ClusterRuntime } from './cluster-runtime.js';

/** What a tick of a cluster knows from the ticks before it, and hands on to the next. */
export type ClusterMemory = Readonly<
  Pick<ClusterRuntime, 'engineState' | 'candidate' | 'tracking' | 'pending' | 'backoff' | 'troubles'>
>;

export function memoryOf(runtime: ClusterRuntime): ClusterMemory {
  const { engineState, candidate, tracking, pending, backoff, troubles } = runtime;
  return { engineState, candidate, tracking, pending, backoff, troubles };
}

/**
 * Hands on what a tick has learned, once it is over: one that fails on its way leaves its cluster as it found it.
 *
 * @param before what the tick started from
 */
export function commit(runtime: ClusterRuntime, before: ClusterMemory, after: ClusterMemory): void {
  const { engineState, candidate } = runtime;
  // A trial may have begun, ended or been adopted meanwhile: what it knows is newer than what the tick took along.
  const isAdopted = engineState !== before.engineState;
  const isChanged = candidate !== before.candidate;
  Object.assign(runtime, after, {
    engineState: isAdopted ? { ...after.engineState, policies: engineState.policies } : after.engineState,
    candidate: isChanged ? candidate : after.candidate,
  });
}
