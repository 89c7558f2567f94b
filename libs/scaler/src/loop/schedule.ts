import type { Fence } from '#partitions';

/**
 * When a cluster is due. Every cluster ticks on a grid of its own (`phase + k · interval`), so that a restart or a
 * missed tick never moves the others, and so that thousands of clusters spread over the interval instead of arriving
 * together. All times are milliseconds.
 */

/**
 * Ticks of one interval fall into this many slots. Finer slots would spread the load more evenly but leave fewer
 * clusters to share each bulk write.
 */
const SLOTS = 20;

/** The cluster's place within its interval, from 0 up to (not including) `intervalMs`; the same after every restart. */
export function phaseOf(clusterId: string, intervalMs: number): number {
  return Math.floor(((hash(clusterId) % SLOTS) * intervalMs) / SLOTS);
}

/** The first time after `now` that is on the cluster's grid. */
export function nextDue(now: number, phaseMs: number, intervalMs: number): number {
  return phaseMs + (Math.floor((now - phaseMs) / intervalMs) + 1) * intervalMs;
}

/** How often a model is stored; what came after is learned again from the observations, some milliseconds a cluster. */
const STORE_MODEL_EVERY_MS = 3_600_000;

/** When the model of a cluster is next to be stored: each cluster at its own minute of the hour. */
export function modelDueAt(clusterId: string, now: number): number {
  return nextDue(now, phaseOf(clusterId, STORE_MODEL_EVERY_MS), STORE_MODEL_EVERY_MS);
}

export interface Due {
  /** How late this tick is (>= 0). */
  readonly lagMs: number;
  /** Ticks that were due between the planned one and now and will not be made up for. */
  readonly missed: number;
}

/** `null` while `dueAt` lies ahead. */
export function dueState(now: number, dueAt: number, intervalMs: number): Due | null {
  if (now < dueAt) return null;
  const missed = Math.floor((now - dueAt) / intervalMs);
  // What is late is the newest tick of the grid; the ones before it are gone.
  return { lagMs: now - dueAt - missed * intervalMs, missed };
}

/** When one cluster is ticked, and whether it is being ticked. Only the registry changes it. */
export class ClusterSchedule {
  private interval: number;
  private phase: number;
  private next: number;
  private isBusy = false;
  private isRetired = false;
  /** When the cluster was changed while a tick was under way, which may not have heard of that; `null`: it was not. */
  private hastenedAt: number | null = null;

  constructor(
    private readonly clusterId: string,
    intervalMs: number,
    readonly fence: Fence | null,
    now: number,
  ) {
    this.interval = intervalMs;
    this.phase = phaseOf(clusterId, intervalMs);
    this.next = nextDue(now, this.phase, intervalMs);
  }

  get intervalMs(): number {
    return this.interval;
  }

  get dueAt(): number {
    return this.next;
  }

  /** A tick of it is under way. */
  get busy(): boolean {
    return this.isBusy;
  }

  /** Deleted, or another instance's: not ticked any more, and forgotten once the tick under way is over. */
  get retired(): boolean {
    return this.isRetired;
  }

  retire(): void {
    this.isRetired = true;
  }

  /** It is ticked again. */
  restore(): void {
    this.isRetired = false;
  }

  /** Takes the tick that is due, if one is; it is left out where the one before it is still under way. */
  take(now: number): (Due & { readonly overlaps: boolean }) | null {
    // By a clock that was set back it would wait until that time is reached again.
    if (this.next - now > this.interval) this.next = nextDue(now, this.phase, this.interval);
    const due = dueState(now, this.next, this.interval);
    if (due === null) return null;
    this.next = nextDue(now, this.phase, this.interval);
    const overlaps = this.isBusy;
    this.isBusy = true;
    return { ...due, overlaps };
  }

  release(): void {
    this.isBusy = false;
    if (this.hastenedAt !== null) this.next = Math.min(this.next, this.hastenedAt);
    this.hastenedAt = null;
  }

  /** Has it ticked at `at` instead of at its own time. */
  hasten(at: number): void {
    if (this.isBusy) this.hastenedAt = at;
    else this.next = Math.min(this.next, at);
  }

  changeInterval(intervalMs: number, now: number): void {
    if (intervalMs === this.interval) return;
    this.interval = intervalMs;
    this.phase = phaseOf(this.clusterId, intervalMs);
    this.next = nextDue(now, this.phase, intervalMs);
  }

  /** Whether a tick of the grid has passed since its last one. */
  isOverdue(tickedAt: number, now: number): boolean {
    return nextDue(tickedAt, this.phase, this.interval) <= now;
  }
}

/** FNV-1a over the characters of an id, as an unsigned 32-bit number. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
