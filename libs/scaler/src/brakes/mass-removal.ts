import type { Decision, EngineState } from '#engine';
import type { RemovalProposal } from './removal-proposal.repository.js';

/** Removals of so many clusters ... */
export const LEAST_CLUSTERS = 5;
/** ... and of more than this share of those behind one endpoint ... */
const SHARE = 1 / 5;
/** ... of more than this share of a cluster's servers each ... */
const BIG = 1 / 4;
/** ... within so long (ms) look like a broken source. */
export const WINDOW_MS = 60_000;
/** A removal that is wanted for so long (ms) without interruption is believed. */
export const CONFIRMED_MS = 300_000;

/**
 * Whether a policy wants to remove more than a quarter of the servers that a cluster had within the last minute. What a
 * person asked for, by a hold, a bound or a window, is not a policy's doing.
 *
 * @param highest the highest count within the last minute
 */
export function isBigRemoval({ action, mode, policy, wished, current, desired }: Decision, highest: number): boolean {
  if (action !== 'SCALE_DOWN' || mode !== 'act' || policy === 'hold' || wished >= current) return false;
  const most = Math.max(highest, current);
  return most - desired > most * BIG;
}

/**
 * The highest count within the last minute, by the changes since: servers are lost step by step, too.
 *
 * @param reference the count now
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

/** `pass`: it is carried out; `wait`: until the other clusters of its endpoint were polled, too; `hold`: too many at once. */
export type Verdict = 'pass' | 'wait' | 'hold';

/** What is known of the clusters behind an endpoint. */
export interface Neighborhood {
  readonly clusters: number;
  /** How many of them wanted a big removal within the last minute, the one that is judged included. */
  readonly wanting: number;
  /** The last recorded tick of the one that was not ticked for longest (milliseconds since the epoch); `null`: one never was. */
  readonly oldestTickAt: number | null;
}

/**
 * Times decide nothing where a tick is late: a removal passes once every other cluster was ticked a full interval after it was first
 * wanted. By then each of them shows what a source that broke for all of them does. One that is not ticked at all is waited for for a minute.
 *
 * @param intervalMs of its cluster
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
  // Ticks are a little early or late.
  return oldestTickAt === null || oldestTickAt < firstAt + 0.8 * intervalMs ? 'wait' : 'pass';
}
