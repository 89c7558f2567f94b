import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClusterRepository } from '#clusters';
import type { Cluster } from '#clusters';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { ScalingEventStore } from '../scaling-events/scaling-event.store.js';
import { partitionOf, PARTITIONS, Partitions } from '#partitions';
import type { Fence } from '#partitions';
import { ClusterStateStore } from './cluster-state.store.js';
import type { StoredClusterState } from './cluster-state.store.js';
import { lacksModel, newRuntime, redefine, restore } from './cluster-runtime.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import { ModelMemory } from './model-memory.js';
import { dueState, nextDue } from './schedule.js';

/** A cluster that is to be ticked now. */
export interface DueCluster {
  readonly runtime: ClusterRuntime;
  readonly lagMs: number;
}

export interface DueClusters {
  readonly due: readonly DueCluster[];
  /** Ticks that will not be made up for, because they came too late or found the one before still under way. */
  readonly skipped: { readonly late: number; readonly overlapping: number };
}

/** Changes become visible in the order of their commits, not of their times: look back this far for stragglers. */
const LOOK_BACK_MS = 10_000;

/** A commit may take longer than that (a disk or a standby that stalls): so often everything is read, whenever it changed. */
const REREAD_MS = 300_000;

/** Clusters whose history is read at a time. */
const RECALLED_TOGETHER = 20;

/** The clusters that the loop ticks, as the database defines them. */
@Injectable()
export class ClusterRegistry {
  private readonly logger = new Logger('Loop');
  private readonly runtimes = new Map<string, ClusterRuntime>();
  /** When changes were last read, by the database's own clock. */
  private seenUntil: number | null = null;
  /** When all clusters were last read, by our clock. */
  private rereadAt = Number.NEGATIVE_INFINITY;
  private refreshing: Promise<void> | null = null;
  /** Clusters that are not ticked before their engine knows again what it had learnt. */
  private readonly forgetful = new Set<ClusterRuntime>();
  private recalling: Promise<void> | null = null;
  private recallable = true;
  /** Clusters whose policy on trial does not know yet what there is to know; they are ticked meanwhile. */
  private readonly trials = new Set<ClusterRuntime>();
  /** The partitions whose clusters are known, and under which token; see `Partitions.revision`. */
  private readonly known = new Map<number, number | null>();
  private seenRevision = -1;
  /** Those who wait until nothing of some partitions is under way. */
  private readonly vacating = new Set<{ readonly partitions: ReadonlySet<number>; readonly done: () => void }>();

  constructor(
    @Inject(ClusterRepository) private readonly clusters: Pick<ClusterRepository, 'listActive' | 'changedSince'>,
    private readonly states: ClusterStateStore,
    private readonly events: ScalingEventStore,
    private readonly memory: ModelMemory,
    @Inject(Partitions) private readonly partitions: Pick<Partitions, 'fenceOf' | 'revision'>,
  ) {}

  /**
   * Takes over what changed since the last time; throws when the database cannot say. Everything known stays in force
   * then. One query as a rule; two more for clusters that were never seen before.
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

  /** Takes the clusters whose time has come, and marks them busy until they are released. */
  takeDue(now: number): DueClusters {
    const due: DueCluster[] = [];
    let late = 0;
    let overlapping = 0;
    for (const runtime of this.runtimes.values()) {
      if (!this.isTickable(runtime)) continue;
      // By a clock that was set back it would wait until that time is reached again.
      if (runtime.dueAt - now > runtime.intervalMs) runtime.dueAt = nextDue(now, runtime.phaseMs, runtime.intervalMs);
      const state = dueState(now, runtime.dueAt, runtime.intervalMs);
      if (state === null) continue;
      late += state.missed;
      runtime.dueAt = nextDue(now, runtime.phaseMs, runtime.intervalMs);
      if (runtime.busy) {
        overlapping += 1;
        continue;
      }
      runtime.busy = true;
      due.push({ runtime, lagMs: state.lagMs });
    }
    return { due, skipped: { late, overlapping } };
  }

  release(runtime: ClusterRuntime): void {
    runtime.busy = false;
    if (runtime.hastenedAt !== null) runtime.dueAt = Math.min(runtime.dueAt, runtime.hastenedAt);
    runtime.hastenedAt = null;
    if (runtime.retired) this.forget(runtime);
    for (const { partitions, done } of this.vacating) if (!this.isBusy(partitions)) done();
  }

  /** Ticks the clusters of these partitions no more; resolves once those under way are released. */
  async vacate(partitions: ReadonlySet<number>): Promise<void> {
    for (const runtime of this.runtimes.values())
      if (partitions.has(partitionOf(runtime.cluster.id))) this.retire(runtime);
    for (const partition of partitions) this.known.delete(partition);
    if (!this.isBusy(partitions)) return;
    await new Promise<void>((resolve) => {
      const waiter = {
        partitions,
        done: () => {
          this.vacating.delete(waiter);
          resolve();
        },
      };
      this.vacating.add(waiter);
    });
  }

  /** Has a cluster ticked at the next wake instead of at its own time. */
  hasten(clusterId: string, now: number): void {
    const runtime = this.runtimes.get(clusterId);
    if (runtime === undefined) return;
    if (runtime.busy) runtime.hastenedAt = now;
    else runtime.dueAt = Math.min(runtime.dueAt, now);
  }

  /** When the next cluster that can be ticked is due; `null` while there is none. */
  nextDueAt(): number | null {
    let next: number | null = null;
    for (const runtime of this.runtimes.values()) {
      if (this.isTickable(runtime) && (next === null || runtime.dueAt < next)) next = runtime.dueAt;
    }
    return next;
  }

  get(clusterId: string): ClusterRuntime | undefined {
    return this.runtimes.get(clusterId);
  }

  all(): IterableIterator<ClusterRuntime> {
    return this.runtimes.values();
  }

  get size(): number {
    return this.runtimes.size;
  }

  private async takeChanges(now: number, defaultIntervalMs: number): Promise<void> {
    if (this.seenUntil === null) await this.events.abandon();
    const { revision } = this.partitions;
    const gained = this.comparePartitions(revision);
    const isWhole = gained.size > 0 || Math.abs(now - this.rereadAt) >= REREAD_MS;
    const { clusters: changed, asOf } =
      this.seenUntil === null || isWhole
        ? await this.clusters.listActive()
        : await this.clusters.changedSince(this.seenUntil - LOOK_BACK_MS);
    if (isWhole) {
      this.rereadAt = now;
      this.retireAllBut(changed);
    }
    const added: ClusterRuntime[] = [];
    for (const cluster of changed) {
      const known = this.runtimes.get(cluster.id);
      if (known === undefined) {
        const fence = this.fenceOf(cluster, gained);
        if (isTicked(cluster) && fence !== undefined) added.push(newRuntime(cluster, defaultIntervalMs, now, fence));
        continue;
      }
      // Ticked under a token that is no longer held: it is read again once that tick is over.
      if (!this.known.has(partitionOf(cluster.id))) continue;
      if (known.cluster.updatedAt === cluster.updatedAt) continue;
      // Whoever asked may have done so at another instance, and is not to wait for the interval.
      const isHeldAnew = known.fence !== null && !isDeepStrictEqual(known.cluster.hold, cluster.hold);
      redefine(known, cluster, defaultIntervalMs, now);
      if (lacksModel(known)) this.forgetful.add(known);
      this.noteTrial(known);
      if (isHeldAnew) this.hasten(cluster.id, now);
      if (isTicked(cluster)) known.retired = false;
      else this.retire(known);
    }
    await this.restoreAll(added, now);
    for (const runtime of added) {
      // The partition may have gone again while its clusters were read.
      if (this.partitions.fenceOf(partitionOf(runtime.cluster.id)) === runtime.fence)
        this.runtimes.set(runtime.cluster.id, runtime);
    }
    for (const [partition, fence] of gained) this.known.set(partition, fence?.token ?? null);
    if (!this.awaitsRelease()) this.seenRevision = revision;
    this.recall(now);
    this.seenUntil = asOf;
  }

  /** Lets go of what is held no longer; returns the partitions whose clusters are still to be read. */
  private comparePartitions(revision: number): ReadonlyMap<number, Fence | null> {
    const gained = new Map<number, Fence | null>();
    if (revision === this.seenRevision) return gained;
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const fence = this.partitions.fenceOf(partition);
      const isKnown = fence !== undefined && this.known.get(partition) === (fence?.token ?? null);
      if (isKnown) continue;
      this.known.delete(partition);
      if (fence !== undefined) gained.set(partition, fence);
    }
    for (const runtime of this.runtimes.values()) {
      const partition = partitionOf(runtime.cluster.id);
      if (this.known.has(partition)) continue;
      this.retire(runtime);
      // Ticked under the old token: it comes back once that tick is over.
      if (runtime.busy) gained.delete(partition);
    }
    return gained;
  }

  private fenceOf({ id }: Cluster, gained: ReadonlyMap<number, Fence | null>): Fence | null | undefined {
    const partition = partitionOf(id);
    return gained.has(partition) || this.known.has(partition) ? this.partitions.fenceOf(partition) : undefined;
  }

  /** Whether a partition that is held waits for a tick under its old token. */
  private awaitsRelease(): boolean {
    for (const { cluster, retired } of this.runtimes.values()) {
      const partition = partitionOf(cluster.id);
      if (retired && !this.known.has(partition) && this.partitions.fenceOf(partition) !== undefined) return true;
    }
    return false;
  }

  /** One that is being ticked stays until it is released, or it might come back and be ticked twice at a time. */
  private retire(runtime: ClusterRuntime): void {
    runtime.retired = true;
    if (!runtime.busy) this.forget(runtime);
  }

  /** Those that are not among all that there are were deleted. */
  private retireAllBut(clusters: readonly Cluster[]): void {
    const ids = new Set(clusters.map(({ id }) => id));
    for (const runtime of this.runtimes.values()) if (!ids.has(runtime.cluster.id)) this.retire(runtime);
  }

  private forget(runtime: ClusterRuntime): void {
    this.forgetful.delete(runtime);
    this.trials.delete(runtime);
    if (this.runtimes.get(runtime.cluster.id) === runtime) this.runtimes.delete(runtime.cluster.id);
  }

  private isTickable(runtime: ClusterRuntime): boolean {
    return !runtime.retired && !this.forgetful.has(runtime);
  }

  private isBusy(partitions: ReadonlySet<number>): boolean {
    for (const { busy, cluster } of this.runtimes.values())
      if (busy && partitions.has(partitionOf(cluster.id))) return true;
    return false;
  }

  /** In the background, so that the others tick meanwhile; what a database that is away keeps back is tried again at the next look. */
  private recall(now: number): void {
    if (this.forgetful.size === 0 && this.trials.size === 0) return;
    this.recalling ??= this.recallAll(now)
      .then(() => {
        this.recallable = true;
      })
      .catch((error: unknown) => {
        if (this.recallable) this.logger.warn(`what engines had learnt cannot be read: ${(error as Error).message}`);
        this.recallable = false;
      })
      .finally(() => {
        this.recalling = null;
      });
  }

  private async recallAll(now: number): Promise<void> {
    // One whose tick is under way still writes into its state: it waits for the next look.
    const ready = [...this.forgetful].filter(({ busy }) => !busy);
    for (let from = 0; from < ready.length; from += RECALLED_TOGETHER) {
      const some = ready.slice(from, from + RECALLED_TOGETHER);
      for (const { runtime, error } of await this.memory.recall(some, now)) {
        const { id } = runtime.cluster;
        this.logger.warn(`cluster ${id}: what its engine had learnt is damaged; it begins anew: ${error.message}`);
      }
      for (const runtime of some) this.forgetful.delete(runtime);
    }
    const failures: unknown[] = [];
    for (const runtime of this.trials) {
      await this.memory.prepareTrial(runtime, now).catch((error: unknown) => failures.push(error));
      if (runtime.candidate?.isReady !== false) this.trials.delete(runtime);
    }
    if (failures.length > 0) throw failures[0];
  }

  private noteTrial(runtime: ClusterRuntime): void {
    if (runtime.candidate?.isReady === false) this.trials.add(runtime);
  }

  private async restoreAll(runtimes: readonly ClusterRuntime[], now: number): Promise<void> {
    if (runtimes.length === 0) return;
    const ids = runtimes.map(({ cluster }) => cluster.id);
    const stored = new Map((await this.states.load(ids)).map((state) => [state.clusterId, state]));
    const pending = new Map<string, ScalingEvent[]>(ids.map((id) => [id, []]));
    for (const event of await this.events.pending(ids)) pending.get(event.clusterId)?.push(event);
    for (const runtime of runtimes) {
      const { id } = runtime.cluster;
      const state = stored.get(id) ?? null;
      const warning = restore(runtime, state, pending.get(id) ?? []);
      if (warning !== null) this.logger.warn(`cluster ${id}: ${warning}`);
      // A cluster that was never ticked has nothing to remember.
      if (state !== null && lacksModel(runtime)) this.forgetful.add(runtime);
      this.noteTrial(runtime);
      // Whoever creates a cluster wants to see it work, not to wait for its place in the interval. One that comes from another instance may
      // have missed its place already, by the grid: its last tick may have been late.
      const tickedAt = lastTick(state, runtime.pending);
      if (tickedAt === null || (runtime.fence !== null && isOverdue(runtime, tickedAt, now))) runtime.dueAt = now;
    }
  }
}

/**
 * An intent that nobody finished is all that is left of a tick whose process was killed. It may have been carried out a moment ago, and
 * whoever decided again at once would change the count twice within one interval.
 */
function lastTick(state: StoredClusterState | null, pending: readonly ScalingEvent[]): number | null {
  const times = pending.map(({ at }) => at);
  if (state !== null) times.push(state.tickedAt);
  return times.length === 0 ? null : Math.max(...times);
}

function isOverdue({ phaseMs, intervalMs }: ClusterRuntime, tickedAt: number, now: number): boolean {
  return nextDue(tickedAt, phaseMs, intervalMs) <= now;
}

/** A paused cluster is ticked, too: it is watched and learned from, and only acting stops. */
function isTicked(cluster: Cluster): boolean {
  return cluster.deletedAt === null && cluster.conflictsWith === null;
}
