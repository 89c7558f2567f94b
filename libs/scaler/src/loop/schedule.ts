import { isDeepStrictEqual } from 'node:util';
import type { Fence } from '#partitions';

/**
 * When a cluster is due. Every cluster ticks on its own grid (`phase + k · interval`): a restart or a missed tick does
 * not shift the others, and thousands of clusters spread over the interval. All times are milliseconds.
 */

/** Slots per interval. More slots spread the load more evenly, but leave fewer clusters to share each bulk write. */
const SLOTS = 20;

/** Slots of clusters whose metrics are read together: fewer, so that many of them share the requests. */
const SHARED_SLOTS = 4;

export interface Pace {
  readonly intervalMs: number;
  /** Whether one request reads the metrics of many clusters. */
  readonly isBatched?: boolean;
}

/** The cluster's offset within its interval, in [0, `intervalMs`); stable across restarts. */
export function phaseOf(clusterId: string, { intervalMs, isBatched = false }: Pace): number {
  const slots = isBatched ? SHARED_SLOTS : SLOTS;
  return Math.floor(((hash(clusterId) % slots) * intervalMs) / slots);
}

/** The first time after `now` on the cluster's grid. */
export function nextDue(now: number, phaseMs: number, intervalMs: number): number {
  return phaseMs + (Math.floor((now - phaseMs) / intervalMs) + 1) * intervalMs;
}

/** How often a model is stored; the observations since are replayed at start, a few milliseconds per cluster. */
const STORE_MODEL_EVERY_MS = 3_600_000;

/** When the model is next stored: each cluster at its own minute of the hour. */
export function modelDueAt(clusterId: string, now: number): number {
  return nextDue(now, phaseOf(clusterId, { intervalMs: STORE_MODEL_EVERY_MS }), STORE_MODEL_EVERY_MS);
}

export interface Due {
  /** How late this tick is (>= 0). */
  readonly lagMs: number;
  /** Ticks between the planned one and now that are skipped. */
  readonly missed: number;
}

/** `null` while `dueAt` is in the future. */
export function dueState(now: number, dueAt: number, intervalMs: number): Due | null {
  if (now < dueAt) return null;
  const missed = Math.floor((now - dueAt) / intervalMs);
  // Only the newest tick of the grid is due; earlier ones are skipped.
  return { lagMs: now - dueAt - missed * intervalMs, missed };
}

/** When a cluster is ticked, and whether it is being ticked. Only the registry changes it. */
export class ClusterSchedule {
  private phase: number;
  private next: number;
  private isBusy = false;
  private isRetired = false;
  /** When the cluster changed during a tick, which may not have seen the change; `null`: it did not. */
  private hastenedAt: number | null = null;

  constructor(
    private readonly clusterId: string,
    private pace: Pace,
    readonly fence: Fence | null,
    now: number,
  ) {
    this.phase = phaseOf(clusterId, pace);
    this.next = nextDue(now, this.phase, pace.intervalMs);
  }

  get intervalMs(): number {
    return this.pace.intervalMs;
  }

  get dueAt(): number {
    return this.next;
  }

  /** Whether a tick is running. */
  get busy(): boolean {
    return this.isBusy;
  }

  /** Deleted or moved to another instance: no more ticks; removed once the running tick ends. */
  get retired(): boolean {
    return this.isRetired;
  }

  retire(): void {
    this.isRetired = true;
  }

  /** Ticks it again. */
  restore(): void {
    this.isRetired = false;
  }

  /** Takes the due tick, if any; it is skipped if the previous one is still running. */
  take(now: number): (Due & { readonly overlaps: boolean }) | null {
    // After the clock was set back, the next tick would be too far in the future.
    if (this.next - now > this.intervalMs) this.next = nextDue(now, this.phase, this.intervalMs);
    const due = dueState(now, this.next, this.intervalMs);
    if (due === null) return null;
    this.next = nextDue(now, this.phase, this.intervalMs);
    const overlaps = this.isBusy;
    this.isBusy = true;
    return { ...due, overlaps };
  }

  release(): void {
    this.isBusy = false;
    if (this.hastenedAt !== null) this.next = Math.min(this.next, this.hastenedAt);
    this.hastenedAt = null;
  }

  /** Makes the cluster due at `at` instead of its place in the grid. */
  hasten(at: number): void {
    if (this.isBusy) this.hastenedAt = at;
    else this.next = Math.min(this.next, at);
  }

  changePace(pace: Pace, now: number): void {
    if (isDeepStrictEqual(pace, this.pace)) return;
    this.pace = pace;
    this.phase = phaseOf(this.clusterId, pace);
    this.next = nextDue(now, this.phase, pace.intervalMs);
  }

  /** Whether a tick of the grid has passed since its last tick. */
  isOverdue(tickedAt: number, now: number): boolean {
    return nextDue(tickedAt, this.phase, this.intervalMs) <= now;
  }
}

/** FNV-1a hash of an id, as an unsigned 32-bit number. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
