import { scaleDownLimit } from '../policies/scaling-rules.js';
import type { Bounds, ManualChange, Observation, OpenWindow, OuterBounds, Step, TickInput } from '../types.js';
import { needOf } from './need.js';
import { step } from './sentences.js';
import { limitedBy, type Verdict } from './verdict.js';

/** A larger removal goes in steps. */
const LARGE_REMOVAL = 0.5;
/** An addition is large above this multiple of the count. */
const LARGE_ADDITION = 2;
/** Share of the count that is removed per interval. */
const STEP_SHARE = 0.2;

export interface NamedBounds extends Bounds {
  readonly minFrom: string;
  readonly maxFrom: string;
}

export function holdByHand(verdict: Verdict, hold: TickInput['hold'], now: number, steps: Step[]): Verdict {
  if (hold === null || now >= hold.until) return verdict;
  const { desired, by } = hold;
  const held = step('hold', 'held_by_hand', verdict.count, desired, { by, remaining_ms: hold.until - now });
  steps.push(held);
  return { count: desired, asked: true, policy: 'hold', code: held.code, reason: held.reason, proposal: '' };
}

/** Steps for windows that conflict with the cluster's bounds. Each is reported, regardless of the count. */
export function conflictSteps(bounds: Bounds, openWindows: readonly OpenWindow[], count: number): Step[] {
  const steps: Step[] = [];
  for (const { name: window, minServers, maxServers } of openWindows) {
    if (minServers !== undefined && minServers > bounds.max) {
      const data = { window, asked: minServers, from: 'max_servers', bound: bounds.max } as const;
      steps.push(step('bound', 'bounds_conflict', count, count, data));
    }
    if (maxServers !== undefined && maxServers < bounds.min) {
      const data = { window, asked: maxServers, from: 'min_servers', bound: bounds.min } as const;
      steps.push(step('bound', 'bounds_conflict', count, count, data));
    }
  }
  return steps;
}

/** The cluster's bounds, narrowed by the open windows of its schedule; never wider. */
export function effectiveBounds(bounds: Bounds, openWindows: readonly OpenWindow[]): NamedBounds {
  let effective: NamedBounds = { ...bounds, minFrom: 'min_servers', maxFrom: 'max_servers' };
  for (const { name, maxServers } of openWindows) {
    if (maxServers !== undefined && maxServers < effective.max) {
      const maxFrom = maxServers < bounds.min ? `min_servers and the window "${name}"` : `the window "${name}"`;
      effective = { ...effective, max: Math.max(bounds.min, maxServers), maxFrom };
    }
  }
  // A floor outranks a ceiling: too many servers cost money, too few cost requests.
  for (const { name, minServers } of openWindows) {
    if (minServers !== undefined && minServers > effective.min) {
      const minFrom = minServers > bounds.max ? `max_servers and the window "${name}"` : `the window "${name}"`;
      effective = { ...effective, min: Math.min(bounds.max, minServers), minFrom };
    }
  }
  return effective.min > effective.max ? { ...effective, max: effective.min } : effective;
}

/** Bounds within those of another system, which would undo any count outside of them. */
export function withinOuter(bounds: NamedBounds, outer: OuterBounds | null): NamedBounds {
  if (outer === null) return bounds;
  const { by, min: least, max: most } = outer;
  const { min, minFrom, max, maxFrom } = bounds;
  const low = Math.min(most, Math.max(least, min));
  const high = Math.max(least, Math.min(most, max));
  return { min: low, minFrom: low === min ? minFrom : by, max: high, maxFrom: high === max ? maxFrom : by };
}

export function bound(
  verdict: Verdict,
  { min, max, minFrom, maxFrom }: NamedBounds,
  observation: Observation,
  steps: Step[],
): Verdict {
  const { count, asked, policy } = verdict;
  if (count >= min && count <= max) return verdict;
  const bounded =
    count < min
      ? step('bound', 'raised_to_min', count, min, { bound: min, from: minFrom })
      : step('bound', 'cut_to_max', count, max, {
          bound: max,
          from: maxFrom,
          asked,
          need: needOf(policy, observation),
        });
  steps.push(bounded);
  return limitedBy(verdict, bounded);
}

/**
 * The count after an undo, within the bounds. An undo of a removal restores at least the earlier count; an undo of an
 * addition removes what was added, unless the policies need more by now.
 */
export function undoneByHand(verdict: Verdict, bounds: Bounds, input: TickInput, steps: Step[]): Verdict {
  const { undone, reference } = input;
  if (undone === null || undone === undefined) return verdict;
  const { from, to, by } = undone;
  const target = Math.max(bounds.min, Math.min(bounds.max, from));
  const count = from > to ? Math.max(verdict.count, target) : Math.min(verdict.count, target);
  const isNeeded = from < to && verdict.count > reference;
  if (isNeeded || count === verdict.count) return verdict;
  const taken = step('hold', 'undone', verdict.count, count, { by, from, to });
  steps.push(taken);
  return { count, asked: true, policy: 'hold', code: taken.code, reason: taken.reason, proposal: '' };
}

/** Whether a change removes more than half of the servers, or more than doubles them. */
export function isLargeChange({ from, to }: Pick<ManualChange, 'from' | 'to'>): boolean {
  return from - to > LARGE_REMOVAL * from || to > LARGE_ADDITION * from;
}

/**
 * The change of the count that users caused, if any. Schedule windows are planned, so their changes are not reported;
 * neither are undos.
 *
 * @param verdict after the hold and the bounds
 * @param held before the bounds
 */
export function manualChangeOf(
  verdict: Verdict,
  held: Verdict,
  bounds: NamedBounds,
  reference: number,
): ManualChange | null {
  const { count: to } = verdict;
  if (to === reference || reference <= 0) return null;
  const by = byPerson(verdict, held, bounds, reference);
  return by === null ? null : { by, from: reference, to };
}

/** A bound that only limits a policy, such as a minimum during a removal, is not the cause of the change. */
function byPerson(
  { count }: Verdict,
  held: Verdict,
  { minFrom, maxFrom }: NamedBounds,
  reference: number,
): ManualChange['by'] | null {
  if (count > held.count && count > reference) return minFrom === 'min_servers' ? 'bounds' : null;
  if (count < held.count && count < reference) return maxFrom === 'max_servers' ? 'bounds' : null;
  return held.code === 'held_by_hand' ? 'hold' : null;
}

/**
 * A user or schedule window that would remove more than half of the servers removes a fifth per interval, or fewer if
 * the scale-down rules of `target_tracking` allow fewer. What the policies would remove anyway is not delayed.
 */
export function inSteps(verdict: Verdict, proposed: Verdict, input: TickInput, steps: Step[]): Verdict {
  const { reference, policy, state, now, intervalMs } = input;
  const { count } = verdict;
  if (isImmediate(verdict, input) || reference - count <= LARGE_REMOVAL * reference) return verdict;
  const fifth = reference - Math.max(1, Math.ceil(STEP_SHARE * reference));
  const rules = policy.targetTracking?.scaleDown;
  const byRules =
    rules === undefined || rules.select === 'disabled'
      ? 0
      : scaleDownLimit(reference, state.changes, rules, now, intervalMs);
  // Another system enforces its maximum at once.
  const most = Math.min(proposed.count, input.outerBounds?.max ?? Number.POSITIVE_INFINITY);
  const after = Math.max(count, Math.min(Math.max(fifth, byRules), most));
  if (after === count) return verdict;
  const limit = step('limit', 'in_steps', count, after, { reference, target: count });
  steps.push(limit);
  return { ...verdict, count: after, code: limit.code, reason: limit.reason };
}

function isImmediate({ policy, code }: Verdict, { hold, undone, immediate }: TickInput): boolean {
  if (code === 'undone') return undone?.immediate === true;
  return (policy === 'hold' ? hold?.immediate : immediate) === true;
}

/** A provider may still be at more than the reference count: a scale-up never requests fewer. */
export function notBelowAsked(verdict: Verdict, input: TickInput, listed: number, max: number, steps: Step[]): Verdict {
  const { reference, floor = 0 } = input;
  const adds = verdict.count > reference || (verdict.count === reference && listed < reference);
  const after = Math.max(verdict.count, Math.min(floor, max));
  if (!adds || verdict.policy === 'hold' || after === verdict.count) return verdict;
  const kept = step('limit', 'not_below_asked', verdict.count, after, undefined);
  steps.push(kept);
  // The policy behind the request still decides.
  return { ...limitedBy(verdict, kept), code: verdict.code };
}
