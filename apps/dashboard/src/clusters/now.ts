import type { Schema } from '../api/client';
import type { Seen } from './overview';

/** All clusters of a list together. */
export interface Now {
  readonly count: number;
  readonly attention: number;
  readonly critical: number;
  readonly scaling: number;
  readonly held: number;
  /** Active, provisioning and draining servers of the clusters of which they are known. */
  readonly servers: number;
  /** Clusters of which the servers are not known. */
  readonly unknown: number;
  /** Sum of the upper bounds. */
  readonly allowed: number;
  /** Per hour, one for each cluster whose cost and servers are known. */
  readonly costs: readonly Schema['MoneyDto'][];
  readonly withoutCost: number;
}

export function nowOf(clusters: readonly Seen[]): Now {
  const known = clusters.flatMap((cluster) => {
    const servers = serversOf(cluster);
    return servers === null ? [] : [{ servers, price: cluster.overview.cost }];
  });
  const costs = known.flatMap(({ servers, price }) =>
    price === null ? [] : [{ amount: price.per_server_hour * servers, currency: price.currency }],
  );
  const count = (of: (cluster: Seen) => boolean): number => clusters.filter(of).length;
  return {
    count: clusters.length,
    attention: count(({ state }) => state.level !== 'ok'),
    critical: count(({ state }) => state.level === 'critical'),
    scaling: count(({ activity }) => activity === 'scaling'),
    held: count(({ activity }) => activity === 'held'),
    servers: known.reduce((sum, { servers }) => sum + servers, 0),
    unknown: clusters.length - known.length,
    allowed: clusters.reduce((sum, { max }) => sum + max, 0),
    costs,
    withoutCost: clusters.length - costs.length,
  };
}

function serversOf({ active, provisioning, draining }: Seen): number | null {
  return active === null ? null : active + provisioning + draining;
}
