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

/** How often a model is stored; what came after is learnt again from the observations, some milliseconds a cluster. */
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

/** FNV-1a over the characters of an id, as an unsigned 32-bit number. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
