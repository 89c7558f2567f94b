import { Inject, Injectable } from '@nestjs/common';
import { partitionOf, PARTITIONS, Partitions } from '#partitions';
import type { Fence, Tenant } from '#partitions';
import { ClusterRegistry } from './cluster-registry.js';

/** Partitions gained since the last comparison; their clusters have not been read yet. */
export interface GainedPartitions {
  readonly fences: ReadonlyMap<number, Fence | null>;
  /** Revision of the partitions at the comparison. */
  readonly revision: number;
}

/** The partitions whose clusters the loop ticks; follows the leases of this instance. */
@Injectable()
export class TickedPartitions implements Tenant {
  /** Partitions whose clusters were read, with the fencing token; see `Partitions.revision`. */
  private readonly known = new Map<number, number | null>();
  private seenRevision = -1;

  constructor(
    @Inject(Partitions) private readonly partitions: Pick<Partitions, 'fenceOf' | 'revision'>,
    private readonly registry: ClusterRegistry,
  ) {}

  async vacate(partitions: ReadonlySet<number>): Promise<void> {
    for (const { cluster } of this.registry.all())
      if (partitions.has(partitionOf(cluster.id))) this.registry.retire(cluster.id);
    for (const partition of partitions) this.known.delete(partition);
    await this.registry.released((clusterId) => partitions.has(partitionOf(clusterId)));
  }

  /** Retires the clusters of lost partitions, and returns the gained ones. */
  compare(): GainedPartitions {
    const { revision } = this.partitions;
    const fences = new Map<number, Fence | null>();
    if (revision === this.seenRevision) return { fences, revision };
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const fence = this.partitions.fenceOf(partition);
      const isKnown = fence !== undefined && this.known.get(partition) === (fence?.token ?? null);
      if (isKnown) continue;
      this.known.delete(partition);
      if (fence !== undefined) fences.set(partition, fence);
    }
    for (const { cluster, schedule } of this.registry.all()) {
      const partition = partitionOf(cluster.id);
      if (this.known.has(partition)) continue;
      this.registry.retire(cluster.id);
      // Still ticking under the old token: the partition is gained again once that tick ends.
      if (schedule.busy) fences.delete(partition);
    }
    return { fences, revision };
  }

  /** Call after the clusters of these partitions were read. */
  accept({ fences, revision }: GainedPartitions): void {
    for (const [partition, fence] of fences) this.known.set(partition, fence?.token ?? null);
    if (!this.awaitsRelease()) this.seenRevision = revision;
  }

  /** Whether the clusters of this cluster's partition were read. */
  includes(clusterId: string): boolean {
    return this.known.has(partitionOf(clusterId));
  }

  /** The fence for a cluster that was just read; `undefined`: another instance ticks it. */
  fenceOf(clusterId: string, { fences }: GainedPartitions): Fence | null | undefined {
    const isTicked = fences.has(partitionOf(clusterId)) || this.includes(clusterId);
    return isTicked ? this.partitions.fenceOf(partitionOf(clusterId)) : undefined;
  }

  /** Whether the partition of a cluster is still held under this fence. */
  isHeld(clusterId: string, fence: Fence | null): boolean {
    return this.partitions.fenceOf(partitionOf(clusterId)) === fence;
  }

  /** Whether a held partition waits for a tick under its old token. */
  private awaitsRelease(): boolean {
    for (const { cluster, schedule } of this.registry.all()) {
      const isHeld = this.partitions.fenceOf(partitionOf(cluster.id)) !== undefined;
      if (schedule.retired && isHeld && !this.includes(cluster.id)) return true;
    }
    return false;
  }
}
