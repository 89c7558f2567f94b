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
import { committed, redefinedMemory, restoredMemory } from './cluster-memory.js';
import type { ClusterMemory, PolicyLane } from './cluster-memory.js';
import { ModelMemory } from './model-memory.js';
import { ClusterSchedule } from './schedule.js';
import type { Started } from './stages.js';

/** A cluster that this instance ticks, as it is defined and remembered now. */
export interface KnownCluster {
  readonly cluster: Cluster;
  readonly memory: ClusterMemory;
  readonly schedule: Pick<ClusterSchedule, 'intervalMs' | 'dueAt' | 'busy' | 'fence'>;
}

interface Entry {
  cluster: Cluster;
  memory: ClusterMemory;
  readonly schedule: ClusterSchedule;
}

export interface DueClusters {
  /** Clusters that are to be ticked now. */
  readonly ids: readonly string[];
  /** How late the latest of them is. */
  readonly lagMs: number;
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
  private readonly entries = new Map<string, Entry>();
  /** When changes were last read, by the database's own clock. */
  private seenUntil: number | null = null;
  /** When all clusters were last read, by our clock. */
  private rereadAt = Number.NEGATIVE_INFINITY;
  private refreshing: Promise<void> | null = null;
  private recalling: Promise<void> | null = null;
  private recallable = true;
  /** The partitions whose clusters are known, and under which token; see `Partitions.revision`. */
  private readonly known = new Map<number, number | null>();
  private seenRevision = -1;
  /** Those who wait until nothing of some partitions is under way. */
  private readonly vacating = new Set<{ readonly partitions: ReadonlySet<number>; readonly done: () => void }>();

  constructor(
    @Inject(ClusterRepository) private readonly clusters: Pick<ClusterRepository, 'listActive' | 'changedSince'>,
    private readonly states: ClusterStateStore,
    private readonly events: ScalingEventStore,
    private readonly models: ModelMemory,
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
    const ids: string[] = [];
    let lagMs = 0;
    let late = 0;
    let overlapping = 0;
    for (const [id, entry] of this.entries) {
      const due = isTickable(entry) ? entry.schedule.take(now) : null;
      if (due === null) continue;
      late += due.missed;
      if (due.overlaps) {
        overlapping += 1;
        continue;
      }
      lagMs = Math.max(lagMs, due.lagMs);
      ids.push(id);
    }
    return { ids, lagMs, skipped: { late, overlapping } };
  }

  /** What their ticks start from; those that were deleted since they were taken are left out. */
  begin(ids: readonly string[]): readonly Started[] {
    return ids.flatMap((id) => {
      const entry = this.entries.get(id);
      if (entry === undefined || entry.schedule.retired) return [];
      const { cluster, memory: before, schedule } = entry;
      return [{ cluster, fence: schedule.fence, intervalMs: schedule.intervalMs, before }];
    });
  }

  /** Replaces what a cluster remembers, once its tick is over. */
  commit(tick: Pick<Started, 'cluster' | 'before'> & { readonly memory: ClusterMemory }): void {
    const entry = this.entries.get(tick.cluster.id);
    if (entry !== undefined) entry.memory = committed(entry.memory, tick.before, tick.memory);
  }

  release(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    entry.schedule.release();
    if (entry.schedule.retired) this.entries.delete(id);
    for (const { partitions, done } of this.vacating) if (!this.isBusy(partitions)) done();
  }

  /** Ticks the clusters of these partitions no more; resolves once those under way are released. */
  async vacate(partitions: ReadonlySet<number>): Promise<void> {
    for (const entry of this.entries.values()) if (partitions.has(partitionOf(entry.cluster.id))) this.retire(entry);
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
    this.entries.get(clusterId)?.schedule.hasten(now);
  }

  /** When the next cluster that can be ticked is due; `null` while there is none. */
  nextDueAt(): number | null {
    let next: number | null = null;
    for (const entry of this.entries.values()) {
      const { dueAt } = entry.schedule;
      if (isTickable(entry) && (next === null || dueAt < next)) next = dueAt;
    }
    return next;
  }

  get(clusterId: string): KnownCluster | undefined {
    return this.entries.get(clusterId);
  }

  all(): IterableIterator<KnownCluster> {
    return this.entries.values();
  }

  get size(): number {
    return this.entries.size;
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
    const added = new Map<Cluster, Fence | null>();
    for (const cluster of changed) {
      const entry = this.entries.get(cluster.id);
      if (entry === undefined) {
        const fence = this.fenceOf(cluster, gained);
        if (isTicked(cluster) && fence !== undefined) added.set(cluster, fence);
      } else if (this.known.has(partitionOf(cluster.id)) && entry.cluster.updatedAt !== cluster.updatedAt) {
        // Ticked under a token that is no longer held, it is read again once that tick is over.
        this.redefine(entry, cluster, defaultIntervalMs, now);
      }
    }
    for (const entry of await this.restoreAll(added, defaultIntervalMs, now)) {
      const { id } = entry.cluster;
      // The partition may have gone again while its clusters were read.
      if (this.partitions.fenceOf(partitionOf(id)) === entry.schedule.fence) this.entries.set(id, entry);
    }
    for (const [partition, fence] of gained) this.known.set(partition, fence?.token ?? null);
    if (!this.awaitsRelease()) this.seenRevision = revision;
    this.recall(now);
    this.seenUntil = asOf;
  }

  private redefine(entry: Entry, cluster: Cluster, defaultIntervalMs: number, now: number): void {
    const { schedule } = entry;
    // The change may have been made at another instance, and is not to wait for the interval.
    const isHeldAnew = schedule.fence !== null && !isDeepStrictEqual(entry.cluster.hold, cluster.hold);
    entry.memory = redefinedMemory(entry.memory, cluster);
    entry.cluster = cluster;
    schedule.changeInterval(cluster.config.intervalMs ?? defaultIntervalMs, now);
    if (isHeldAnew) schedule.hasten(now);
    if (isTicked(cluster)) schedule.retired = false;
    else this.retire(entry);
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
    for (const entry of this.entries.values()) {
      const partition = partitionOf(entry.cluster.id);
      if (this.known.has(partition)) continue;
      this.retire(entry);
      // Ticked under the old token: it comes back once that tick is over.
      if (entry.schedule.busy) gained.delete(partition);
    }
    return gained;
  }

  private fenceOf({ id }: Cluster, gained: ReadonlyMap<number, Fence | null>): Fence | null | undefined {
    const partition = partitionOf(id);
    return gained.has(partition) || this.known.has(partition) ? this.partitions.fenceOf(partition) : undefined;
  }

  /** Whether a partition that is held waits for a tick under its old token. */
  private awaitsRelease(): boolean {
    for (const { cluster, schedule } of this.entries.values()) {
      const partition = partitionOf(cluster.id);
      if (schedule.retired && !this.known.has(partition) && this.partitions.fenceOf(partition) !== undefined)
        return true;
    }
    return false;
  }

  /** One that is being ticked stays until it is released, or it might come back and be ticked twice at a time. */
  private retire({ cluster, schedule }: Entry): void {
    schedule.retired = true;
    if (!schedule.busy) this.entries.delete(cluster.id);
  }

  /** Those that are not among all that there are were deleted. */
  private retireAllBut(clusters: readonly Cluster[]): void {
    const ids = new Set(clusters.map(({ id }) => id));
    for (const [id, entry] of this.entries) if (!ids.has(id)) this.retire(entry);
  }

  private isBusy(partitions: ReadonlySet<number>): boolean {
    for (const [id, { schedule }] of this.entries) if (schedule.busy && partitions.has(partitionOf(id))) return true;
    return false;
  }

  /** In the background, so that the others tick meanwhile; what a database that is away keeps back is tried again at the next look. */
  private recall(now: number): void {
    if (this.recalling !== null) return;
    const unready: Entry[] = [];
    const trials: Entry[] = [];
    for (const entry of this.entries.values()) {
      // One whose tick is under way still learns: it waits for the next look.
      if (!entry.memory.acting.ready && !entry.schedule.busy) unready.push(entry);
      if (entry.memory.candidate?.ready === false) trials.push(entry);
    }
    if (unready.length === 0 && trials.length === 0) return;
    this.recalling = this.recallAll(unready, trials, now)
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

  private async recallAll(unready: readonly Entry[], trials: readonly Entry[], now: number): Promise<void> {
    for (let from = 0; from < unready.length; from += RECALLED_TOGETHER) {
      const some = unready.slice(from, from + RECALLED_TOGETHER);
      const lanes = some.map(({ memory }) => memory.acting);
      for (const [index, { lane, error }] of (await this.models.recall(some, now)).entries()) {
        const entry = some[index]!;
        if (error !== null) {
          const { id } = entry.cluster;
          this.logger.warn(`cluster ${id}: what its engine had learnt is damaged; it begins anew: ${error.message}`);
        }
        replaceLane(entry, 'acting', lanes[index]!, lane);
      }
    }
    const failures: unknown[] = [];
    for (const entry of trials) {
      const { candidate } = entry.memory;
      if (candidate?.ready !== false) continue;
      await this.models
        .prepareTrial(entry, candidate, now)
        .then((lane) => replaceLane(entry, 'candidate', candidate, lane))
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  private async restoreAll(
    added: ReadonlyMap<Cluster, Fence | null>,
    defaultIntervalMs: number,
    now: number,
  ): Promise<readonly Entry[]> {
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
      const schedule = new ClusterSchedule(id, cluster.config.intervalMs ?? defaultIntervalMs, fence, now);
      // A person who creates a cluster wants to see it work, not to wait for its place in the interval. One that comes from another
      // instance may have missed its place already, by the grid: its last tick may have been late.
      const tickedAt = lastTick(state, events);
      if (tickedAt === null || (fence !== null && schedule.isOverdue(tickedAt, now))) schedule.hasten(now);
      return { cluster, memory, schedule };
    });
  }
}

function isTickable({ memory, schedule }: Entry): boolean {
  return !schedule.retired && memory.acting.ready;
}

/** Meanwhile the cluster may have been redefined, or its trial have been adopted or given up. */
function replaceLane(entry: Entry, role: 'acting' | 'candidate', from: PolicyLane, to: PolicyLane): void {
  if (entry.memory[role] === from) entry.memory = { ...entry.memory, [role]: to };
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

/** A paused cluster is ticked, too: it is watched and learned from, and only acting stops. */
function isTicked(cluster: Cluster): boolean {
  return cluster.deletedAt === null && cluster.conflictsWith === null;
}
