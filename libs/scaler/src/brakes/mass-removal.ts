import type { Decision, EngineState } from '#engine';
import type { RemovalProposal } from './removal-proposal.repository.js';

/** Removals look like a broken metric source if they affect at least this many clusters ... */
export const LEAST_CLUSTERS = 5;
/** ... and more than this share of the clusters behind one endpoint ... */
const SHARE = 1 / 5;
/** ... each by more than this share of its servers ... */
const BIG = 1 / 4;
/** ... within this time (ms). */
export const WINDOW_MS = 60_000;
/** A removal proposed for this long (ms) without interruption is carried out. */
export const CONFIRMED_MS = 300_000;

/**
 * Whether a policy wants to remove more than a quarter of the cluster's highest count within the last minute. Removals
 * that a user caused (hold, bounds or schedule window) do not count.
 *
 * @param highest the highest count within the last minute
 */
export function isBigRemoval({ action, mode, policy, wished, current, desired }: Decision, highest: number): boolean {
  if (action !== 'SCALE_DOWN' || mode !== 'act' || policy === 'hold' || wished >= current) return false;
  const most = Math.max(highest, current);
  return most - desired > most * BIG;
}

/**
 * The highest count within the last minute, computed backwards from the changes. It catches removals in small steps.
 *
 * @param reference the current reference count
 */
export function highestLately(reference: number, changes: EngineState['changes'], now: number): number {
  let [count, highest] = [reference, reference];
  for (const { at, by } of changes.toReversed()) {
    if (at <= now - WINDOW_MS) break;
    count -= by;
    highest = Math.max(highest, count);
  }
  return highest;
}

/**
 * `pass`: carry it out; `wait`: until the other clusters of its endpoint were polled; `hold`: too many removals at
 * once.
 */
export type Verdict = 'pass' | 'wait' | 'hold';

/** The clusters behind one endpoint. */
export interface Neighborhood {
  readonly clusters: number;
  /** Clusters that proposed a big removal within the last minute, including the one that is judged. */
  readonly wanting: number;
  /** The oldest last tick of these clusters (milliseconds since the epoch); `null`: one was never ticked. */
  readonly oldestTickAt: number | null;
}

/**
 * Waits until every other cluster behind the endpoint was ticked a full interval after the removal was first proposed:
 * by then each of them shows whether the source broke for all. A cluster that is not ticked at all delays the removal
 * for at most a minute.
 *
 * @param intervalMs tick interval of the judged cluster
 */
export function judgeRemoval(
  { firstAt, isReleased }: Pick<RemovalProposal, 'firstAt' | 'isReleased'>,
  { clusters, wanting, oldestTickAt }: Neighborhood,
  intervalMs: number,
  now: number,
): Verdict {
  const stands = now - firstAt;
  if (clusters < LEAST_CLUSTERS || isReleased || stands >= CONFIRMED_MS) return 'pass';
  if (wanting >= LEAST_CLUSTERS && wanting > clusters * SHARE) return 'hold';
  if (stands >= WINDOW_MS) return 'pass';
  // 0.8: ticks are a little early or late.
  return oldestTickAt === null || oldestTickAt < firstAt + 0.8 * intervalMs ? 'wait' : 'pass';
}
