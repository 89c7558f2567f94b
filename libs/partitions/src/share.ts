/**
 * Clusters are dealt into shares, and an instance holds shares, not clusters: what it must claim, renew and be checked for stays
 * small whatever the number of clusters.
 */
export const SHARES = 64;

/** Ids are random (UUID version 4), so their first byte spreads clusters evenly. */
export function shareOf(clusterId: string): number {
  return Number.parseInt(clusterId.slice(0, 2), 16) % SHARES;
}

/** How many shares an instance may hold while `instances` of them live; together they can always hold all. */
export function fairPart(instances: number): number {
  return Math.ceil(SHARES / Math.max(1, instances));
}

/** The right to act for the clusters of a share, until somebody has a higher token. */
export interface Fence {
  readonly share: number;
  readonly token: number;
}
