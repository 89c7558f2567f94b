import { isLargeChange } from '#engine';
import type { Decision, ManualChange, UndoneChange } from '#engine';
import type { Cluster } from '#clusters';
import type { Tracking } from './tracking.js';

/** What a person's word made of the count. */
export interface ManualChangeNote extends ManualChange {
  /** The person's change in this service that it comes from; `null`: none does, as where bounds meet servers that were there before. */
  readonly change: string | null;
  /** When a decision last was a part of it. */
  readonly lastAt: number;
}

/** A change is remembered a while longer than it takes: so long it is shown, and an undo brings back the count from before it. */
const KEPT_MS = 15 * 60_000;

/** The change that is being taken back, and has not been yet; `null`: none. */
export function undoneOf({ manual = null }: Tracking, { undone = null }: Cluster): UndoneChange | null {
  if (undone === null || manual?.change !== undone.change) return null;
  const { from, to } = manual;
  const { by, immediate } = undone;
  return { from, to, by, immediate };
}

/** Whether an undo would bring back the count from before the change that is noted. */
export function isUndoable({ manual = null }: Tracking, { lastChange = null }: Cluster): boolean {
  return manual !== null && manual.change !== null && manual.change === lastChange;
}

/** What is to be remembered of a person's word after a decision. */
export function followManualChange(tracking: Tracking, decision: Decision, cluster: Cluster, at: number): Tracking {
  const { manual: known = null, changed = null } = tracking;
  const { manualChange: found, mode } = decision;
  const acts = mode === 'act';
  const undone = undoneOf(tracking, cluster);
  if (undone !== null && !isGoingOn(undone, decision)) return { ...tracking, manual: null };
  const change = cluster.lastChange ?? null;
  if (change !== null && change !== changed) {
    // The first tick that knows of a change shows what it makes of the count.
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
