import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClusterRepository } from '#clusters';
import type { Cluster } from '#clusters';
import { ConnectionDirectory, ProviderRegistry } from '#providers';
import { LateRecords } from '../journal/late-records.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { ScalingEventRepository } from '../scaling-events/scaling-event.repository.js';
import type { Fence } from '#partitions';
import { restoredMemory } from './cluster-memory.js';
import { ClusterRegistry } from './cluster-registry.js';
import type { AddedCluster, KnownCluster } from './cluster-registry.js';
import { ClusterStateRepository } from './cluster-state.repository.js';
import type { StoredClusterState } from './cluster-state.repository.js';
import { LoopLog } from './loop-log.js';
import { ModelRecall } from './model-recall.js';
import { ClusterSchedule, type Pace } from './schedule.js';
import { TickedPartitions } from './ticked-partitions.js';

/** Changes become visible in order of commit, not of their timestamps: read this far back for late commits. */
const LOOK_BACK_MS = 10_000;

/** A commit may take longer than that (stalled disk or standby): at this interval everything is read. */
const REREAD_MS = 300_000;

/** Keeps the registry in sync with the cluster definitions in the database. */
@Injectable()
export class ClusterDefinitions {
  private readonly logger = new Logger('Loop');
  /** Time of the last read, by the database's clock. */
  private seenUntil: number | null = null;
  /** Time of the last full read, by our clock. */
  private rereadAt = Number.NEGATIVE_INFINITY;
  /** Revision of the stored connections at the last full read. */
  private revision = 0;
  private refreshing: Promise<void> | null = null;
  /** Whether the journal of intents could be recorded last time. */
  private isRecording = true;

  constructor(
    @Inject(ClusterRepository) private readonly clusters: Pick<ClusterRepository, 'listActive' | 'changedSince'>,
    private readonly states: ClusterStateRepository,
    private readonly events: ScalingEventRepository,
    private readonly registry: ClusterRegistry,
    private readonly partitions: TickedPartitions,
    private readonly recall: ModelRecall,
    private readonly late: LateRecords,
    @Inject(ConnectionDirectory) private readonly connections: Pick<ConnectionDirectory, 'refresh' | 'revision'>,
    @Inject(ProviderRegistry) private readonly providers: Pick<ProviderRegistry, 'isBatched'>,
    private readonly log: LoopLog,
  ) {}

  /**
   * Applies changes since the last read. Throws when the database is unreachable; known definitions then stay in force.
   * Usually two queries; two more when there are new clusters.
   */
  async refresh(now: number, defaultIntervalMs: number): Promise<void> {
    this.refreshing ??= this.takeChanges(now, defaultIntervalMs).finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  get isRefreshing(): boolean {
    return this.refreshing !== null;
  }

  private async takeChanges(now: number, defaultIntervalMs: number): Promise<void> {
    if (this.seenUntil === null) {
      await this.late.recover();
      await this.events.abandon();
    }
    const gained = this.partitions.compare();
    if (this.seenUntil === null) await this.connections.refresh();
    const { revision } = this.connections;
    // A connection with a new address gives its clusters other servers, which may belong to another cluster.
    const isWhole = gained.fences.size > 0 || Math.abs(now - this.rereadAt) >= REREAD_MS || revision !== this.revision;
    const { clusters: changed, asOf } =
      this.seenUntil === null || isWhole
        ? await this.clusters.listActive()
        : await this.clusters.changedSince(this.seenUntil - LOOK_BACK_MS);
    // Read afterwards: a connection is stored before the clusters that name it.
    await this.connections.refresh();
    if (isWhole) {
      this.rereadAt = now;
      this.revision = revision;
      this.retireAllBut(changed);
    }
    const added = new Map<Cluster, Fence | null>();
    for (const cluster of changed) {
      const known = this.registry.get(cluster.id);
      if (known === undefined) {
        const fence = this.partitions.fenceOf(cluster.id, gained);
        if (isTicked(cluster) && fence !== undefined) added.set(cluster, fence);
      } else if (this.partitions.includes(cluster.id) && known.cluster.updatedAt !== cluster.updatedAt) {
        // A cluster still ticking under a lost token is not changed now; it is read again after that tick.
        this.redefine(known, cluster, defaultIntervalMs, now);
      }
    }
    // Pending intents are part of what is restored.
    if (added.size > 0) await this.late.write();
    for (const one of await this.restoreAll(added, defaultIntervalMs, now)) {
      // The partition may have been lost while its clusters were read.
      if (this.partitions.isHeld(one.cluster.id, one.schedule.fence)) this.registry.add(one);
    }
    this.partitions.accept(gained);
    this.recall.start(now);
    this.seenUntil = asOf;
    await this.recordLate();
  }

  /** After the definitions: a database that refuses writes must not keep what users set from binding. */
  private async recordLate(): Promise<void> {
    try {
      await this.late.write();
      this.isRecording = true;
    } catch (error) {
      if (this.isRecording) this.log.problem('cannot record the journal of intents', error);
      this.isRecording = false;
    }
  }

  private redefine(known: KnownCluster, cluster: Cluster, defaultIntervalMs: number, now: number): void {
    // The change may come from another instance; it takes effect at once instead of at the next interval.
    const isHeldAnew = known.schedule.fence !== null && !isDeepStrictEqual(byHand(known.cluster), byHand(cluster));
    this.registry.redefine(cluster, this.paceOf(cluster, defaultIntervalMs), now);
    if (isHeldAnew) this.registry.hasten(cluster.id, now);
    if (!isTicked(cluster)) this.registry.retire(cluster.id);
  }

  private paceOf({ config, provider }: Cluster, defaultIntervalMs: number): Pace {
    return { intervalMs: config.intervalMs ?? defaultIntervalMs, isBatched: this.providers.isBatched(provider) };
  }

  /** `clusters` is the full list: a known cluster that is missing was deleted. */
  private retireAllBut(clusters: readonly Cluster[]): void {
    const ids = new Set(clusters.map(({ id }) => id));
    for (const { cluster } of this.registry.all()) if (!ids.has(cluster.id)) this.registry.retire(cluster.id);
  }

  private async restoreAll(
    added: ReadonlyMap<Cluster, Fence | null>,
    defaultIntervalMs: number,
    now: number,
  ): Promise<readonly AddedCluster[]> {
    if (added.size === 0) return [];
    const ids = [...added.keys()].map(({ id }) => id);
    const stored = new Map((await this.states.load(ids)).map((state) => [state.clusterId, state]));
    const pending = new Map<string, ScalingEvent[]>(ids.map((id) => [id, []]));
    for (const event of await this.events.pending(ids)) pending.get(event.clusterId)?.push(event);
    return [...added].map(([cluster, fence]) => {
      const { id } = cluster;
      const state = stored.get(id) ?? null;
      const events = pending.get(id) ?? [];
      const { memory, warning } = restoredMemory(cluster, state, events, now);
      if (warning !== null) this.logger.warn(`cluster ${id}: ${warning}`);
      const schedule = new ClusterSchedule(id, this.paceOf(cluster, defaultIntervalMs), fence, now);
      // A new cluster ticks at once, instead of at its place in the interval. A cluster taken over from another
      // instance does so if it missed a tick of its grid.
      const tickedAt = lastTick(state, events);
      if (tickedAt === null || (fence !== null && schedule.isOverdue(tickedAt, now))) schedule.hasten(now);
      return { cluster, memory, schedule };
    });
  }
}

/**
 * Time of the last tick. After a crash during a tick, its pending intent is the only trace. It may have been carried
 * out: deciding again at once could change the count twice within one interval.
 */
function lastTick(state: StoredClusterState | null, pending: readonly ScalingEvent[]): number | null {
  const times = pending.map(({ at }) => at);
  if (state !== null) times.push(state.tickedAt);
  return times.length === 0 ? null : Math.max(...times);
}

/** Fields set by an API call that takes effect at once. */
function byHand({ hold, undone = null }: Cluster): unknown {
  return { hold, undone };
}

/** A paused cluster is ticked, too: it is observed and learned from; only acting stops. */
function isTicked(cluster: Cluster): boolean {
  return cluster.deletedAt === null && cluster.conflictsWith === null;
}
