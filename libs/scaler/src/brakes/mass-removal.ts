import type { Decision, EngineState } from '#engine';
import type { RemovalProposal } from './removal-proposal.store.js';

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

/** `pass`: it is carried out; `wait`: until the other clusters of its endpoint were looked at, too; `hold`: too many at once. */
export type Verdict = 'pass' | 'wait' | 'hold';

/**
 * @param proposal what its cluster wants
 * @param recent what clusters behind the same endpoint wanted within the last minute, this one included
 * @param behind clusters behind the endpoint
 * @param intervalMs of its cluster: so long others need to be looked at
 */
export function judgeRemoval(
  proposal: RemovalProposal,
  recent: number,
  behind: number,
  intervalMs: number,
  now: number,
): Verdict {
  const stands = now - proposal.firstAt;
  if (behind < LEAST_CLUSTERS || proposal.isReleased || stands >= CONFIRMED_MS) return 'pass';
  if (recent >= LEAST_CLUSTERS && recent > behind * SHARE) return 'hold';
  // Ticks are a little early or late.
  return stands < Math.min(WINDOW_MS, intervalMs) * 0.8 ? 'wait' : 'pass';
}
