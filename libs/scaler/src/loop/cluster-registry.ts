import { Injectable } from '@nestjs/common';
import type { Cluster } from '#clusters';
import { committed, redefinedMemory } from './cluster-memory.js';
import type { ClusterMemory, PolicyLane } from './cluster-memory.js';
import type { ClusterSchedule, Pace } from './schedule.js';
import type { Started } from './stages.js';

/** A cluster that this instance ticks: current definition and memory. */
export interface KnownCluster {
  readonly cluster: Cluster;
  readonly memory: ClusterMemory;
  readonly schedule: Pick<ClusterSchedule, 'intervalMs' | 'dueAt' | 'busy' | 'retired' | 'fence'>;
}

/** A cluster as added; afterwards only the registry changes it. */
export interface AddedCluster extends KnownCluster {
  readonly schedule: ClusterSchedule;
}

interface Entry {
  cluster: Cluster;
  memory: ClusterMemory;
  readonly schedule: ClusterSchedule;
}

export interface DueClusters {
  /** Clusters due now. */
  readonly ids: readonly string[];
  /** The largest delay among them, in milliseconds. */
  readonly lagMs: number;
  /** Skipped ticks: due too long ago, or the previous tick was still running. */
  readonly skipped: { readonly late: number; readonly overlapping: number };
}

type Condition = (clusterId: string) => boolean;

/** The clusters that the loop ticks: their memory and when they are due. */
@Injectable()
export class ClusterRegistry {
  private readonly entries = new Map<string, Entry>();
  /** Callers that wait until none of their clusters is being ticked. */
  private readonly waiting = new Set<{ readonly includes: Condition; readonly done: () => void }>();

  get(clusterId: string): KnownCluster | undefined {
    return this.entries.get(clusterId);
  }

  all(): IterableIterator<KnownCluster> {
    return this.entries.values();
  }

  get size(): number {
    return this.entries.size;
  }

  add({ cluster, memory, schedule }: AddedCluster): void {
    this.entries.set(cluster.id, { cluster, memory, schedule });
  }

  /** Applies a changed definition; learned state is kept. */
  redefine(cluster: Cluster, pace: Pace, now: number): void {
    const entry = this.entries.get(cluster.id);
    if (entry === undefined) return;
    entry.memory = redefinedMemory(entry.memory, cluster);
    entry.cluster = cluster;
    entry.schedule.changePace(pace, now);
    entry.schedule.restore();
  }

  /**
   * Stops ticking a cluster. One that is being ticked stays until it is released; otherwise it could be added again and
   * ticked twice at a time.
   */
  retire(clusterId: string): void {
    const entry = this.entries.get(clusterId);
    if (entry === undefined) return;
    entry.schedule.retire();
    if (!entry.schedule.busy) this.entries.delete(clusterId);
  }

  /** Replaces a lane, unless the cluster was redefined, or its trial adopted or ended, since `from` was read. */
  replaceLane(clusterId: string, role: 'acting' | 'candidate', from: PolicyLane, to: PolicyLane): void {
    const entry = this.entries.get(clusterId);
    if (entry?.memory[role] === from) entry.memory = { ...entry.memory, [role]: to };
  }

  /** Returns the due clusters, and marks them busy until they are released. */
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

  /** What their ticks start from; clusters deleted in the meantime are left out. */
  begin(ids: readonly string[]): readonly Started[] {
    return ids.flatMap((id) => {
      const entry = this.entries.get(id);
      if (entry === undefined || entry.schedule.retired) return [];
      const { cluster, memory: before, schedule } = entry;
      return [{ cluster, fence: schedule.fence, intervalMs: schedule.intervalMs, before }];
    });
  }

  /** Replaces the memory of a cluster at the end of its tick. */
  commit(tick: Pick<Started, 'cluster' | 'before'> & { readonly memory: ClusterMemory }): void {
    const entry = this.entries.get(tick.cluster.id);
    if (entry !== undefined) entry.memory = committed(entry.memory, tick.before, tick.memory);
  }

  release(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    entry.schedule.release();
    if (entry.schedule.retired) this.entries.delete(id);
    for (const { includes, done } of this.waiting) if (!this.isBusy(includes)) done();
  }

  /** Resolves once none of these clusters is being ticked. */
  async released(includes: Condition): Promise<void> {
    if (!this.isBusy(includes)) return;
    await new Promise<void>((resolve) => {
      const waiter = {
        includes,
        done: () => {
          this.waiting.delete(waiter);
          resolve();
        },
      };
      this.waiting.add(waiter);
    });
  }

  /** Makes a cluster due at the next wake. */
  hasten(clusterId: string, now: number): void {
    this.entries.get(clusterId)?.schedule.hasten(now);
  }

  /** When the next idle cluster is due; `null`: there is none. */
  nextDueAt(): number | null {
    let next: number | null = null;
    for (const entry of this.entries.values()) {
      const { dueAt } = entry.schedule;
      if (isTickable(entry) && (next === null || dueAt < next)) next = dueAt;
    }
    return next;
  }

  private isBusy(includes: Condition): boolean {
    for (const [id, { schedule }] of this.entries) if (schedule.busy && includes(id)) return true;
    return false;
  }
}

function isTickable({ memory, schedule }: Entry): boolean {
  return !schedule.retired && memory.acting.ready;
}
