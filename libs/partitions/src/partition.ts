/**
 * Clusters are hashed into partitions, and instances hold partitions. The number of claims, renewals and checks is thus
 * independent of the number of clusters.
 */
export const PARTITIONS = 64;

/** Ids are random (UUID version 4), so their first byte spreads clusters evenly. */
export function partitionOf(clusterId: string): number {
  return Number.parseInt(clusterId.slice(0, 2), 16) % PARTITIONS;
}

/** How many partitions an instance may hold with `instances` alive; together they can always hold all. */
export function fairCount(instances: number): number {
  return Math.ceil(PARTITIONS / Math.max(1, instances));
}

/** The right to act for the clusters of a partition, until a higher token is issued. */
export interface Fence {
  readonly partition: number;
  readonly token: number;
}
