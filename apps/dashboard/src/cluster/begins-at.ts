import type { ChartData } from '../chart/series';
import type { Cluster } from './queries';

/**
 * When the history of a cluster begins, milliseconds since the epoch: at its creation, or with the first observation of
 * a past that was simulated before it, which is not known (minus infinity) until it is loaded.
 */
export function beginsAt(
  cluster: Pick<Cluster, 'created_at' | 'simulated_until'>,
  loaded: Pick<ChartData, 'observed'> | null,
): number {
  const created = Date.parse(cluster.created_at);
  if (cluster.simulated_until === null) return created;
  const first = loaded?.observed.x[0];
  return first === undefined ? Number.NEGATIVE_INFINITY : Math.min(created, first * 1000);
}
