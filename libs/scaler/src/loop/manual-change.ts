import { isLargeChange } from '#engine';
import type { Decision, ManualChange, UndoneChange } from '#engine';
import type { Cluster } from '#clusters';
import type { Tracking } from './tracking.js';

/** A change of the count caused by a user. */
export interface ManualChangeNote extends ManualChange {
  /**
   * The user's change in this service that caused it; `null`: none, for example bounds that apply to servers that
   * existed before.
   */
  readonly change: string | null;
  /** When it last took part in a decision. */
  readonly lastAt: number;
}

/** A change is kept this long after it is complete: it is shown, and an undo restores the count from before it. */
const KEPT_MS = 15 * 60_000;

/** The change that is being undone; `null`: none, or the undo is complete. */
export function undoneOf({ manual = null }: Tracking, { undone = null }: Cluster): UndoneChange | null {
  if (undone === null || manual?.change !== undone.change) return null;
  const { from, to } = manual;
  const { by, immediate } = undone;
  return { from, to, by, immediate };
}

/** Whether an undo would restore the count from before the noted change. */
export function isUndoable({ manual = null }: Tracking, { lastChange = null }: Cluster): boolean {
  return manual !== null && manual.change !== null && manual.change === lastChange;
}

/** Updates the noted change after a decision. */
export function followManualChange(tracking: Tracking, decision: Decision, cluster: Cluster, at: number): Tracking {
  const { manual: known = null, changed = null } = tracking;
  const { manualChange: found, mode } = decision;
  const acts = mode === 'act';
  const undone = undoneOf(tracking, cluster);
  if (undone !== null && !isGoingOn(undone, decision)) return { ...tracking, manual: null };
  const change = cluster.lastChange ?? null;
  if (change !== null && change !== changed) {
    // The first tick after a change shows its effect on the count.
    const manual = found === undefined || !acts ? null : { ...found, change, lastAt: at };
    return { ...tracking, changed: change, manual };
  }
  const isSame = undone !== null || (known !== null && known.by === found?.by && known.to === found.to);
  if (acts && known !== null && isSame) return { ...tracking, manual: { ...known, lastAt: at } };
  if (acts && found !== undefined && isLargeChange(found))
    return { ...tracking, manual: { ...found, change: null, lastAt: at } };
  if (known === null) return tracking;
  return isInForce(known, cluster, at) && at - known.lastAt < KEPT_MS ? tracking : { ...tracking, manual: null };
}

function isGoingOn({ from, to }: UndoneChange, { desired, reference }: Decision): boolean {
  return from > to ? desired > reference : desired < reference;
}

function isInForce({ by, to }: ManualChange, { hold, bounds }: Cluster, at: number): boolean {
  if (by === 'bounds') return [bounds.min, bounds.max].includes(to);
  return hold !== null && at < hold.until && to === Math.min(bounds.max, Math.max(bounds.min, hold.desired));
}
