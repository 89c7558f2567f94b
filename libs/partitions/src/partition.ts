/**
 * Clusters are dealt into partitions, and an instance holds partitions, not clusters: what it must claim, renew and be checked for stays
 * small whatever the number of clusters.
 */
export const PARTITIONS = 64;

/** Ids are random (UUID version 4), so their first byte spreads clusters evenly. */
export function partitionOf(clusterId: string): number {
  return Number.parseInt(clusterId.slice(0, 2), 16) % PARTITIONS;
}

/** How many partitions an instance may hold while `instances` of them live; together they can always hold all. */
export function fairCount(instances: number): number {
  return Math.ceil(PARTITIONS / Math.max(1, instances));
}

/** The right to act for the clusters of a partition, until somebody has a higher token. */
export interface Fence {
  readonly partition: number;
  readonly token: number;
}

/** Each of the fences once; those of clusters that need none are left out. */
export function fencesOf(holders: readonly { readonly fence: Fence | null }[]): Fence[] {
  const fences = new Map<string, Fence>();
  for (const { fence } of holders) if (fence !== null) fences.set(`${fence.partition} ${fence.token}`, fence);
  return [...fences.values()];
}
