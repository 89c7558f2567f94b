import { isDeepStrictEqual } from 'node:util';
import { ConflictError } from '#http';
import type { Cluster, ClusterDefinition } from '../cluster.js';

/** Five minutes without a successful tick give a cluster back: one that failed must not be enough. */
export const LONGEST_INTERVAL_MS = 60_000;

type Held = Pick<Cluster, 'provider' | 'takenOver'>;

/** Whether another autoscaler is switched off for a cluster. */
export function isTakenOver({ takenOver = null }: Pick<Cluster, 'takenOver'>): boolean {
  return takenOver !== null;
}

/**
 * While another autoscaler is switched off, this service must scale the servers: otherwise neither would.
 *
 * @throws ConflictError `taken_over`
 */
export function assertHeld(
  before: Held,
  { provider, policy, config }: Pick<ClusterDefinition, 'provider' | 'policy' | 'config'>,
): void {
  if (!isTakenOver(before)) return;
  if ((config.intervalMs ?? 0) > LONGEST_INTERVAL_MS) throw handBackFirst(before, 'ticked less than once a minute');
  if (policy.mode !== 'act') throw handBackFirst(before, 'set to recommend');
  if (!isDeepStrictEqual(provider, before.provider)) throw handBackFirst(before, 'given another provider');
}

export function handBackFirst({ takenOver }: Held, what: string): ConflictError {
  const objects = takenOver?.objects.join(' and ') ?? '';
  return new ConflictError(
    'taken_over',
    `${objects} is switched off for this cluster; hand it back before it is ${what} (POST /clusters/:id/hand-back)`,
  );
}
