import type { Step } from '../types.js';
import type { Choice } from './choice.js';
import { TUNING } from './constants.js';
import type { Prospect } from './prospect.js';
import { step } from './sentences.js';

/** Effect of the limit on changes per day. */
export interface Limit {
  /** The unchanged count. */
  readonly kept: number;
  /** Changes within the last day, and the allowed number. */
  readonly changes: number;
  readonly allowed: number;
}

/** Values that explain the count, besides the choice. */
interface Settled {
  /** How long the load has been known while the stabilization window holds the count it started with; else `null`. */
  readonly watchedMs: number | null;
  /** Whether a step was learned; otherwise the plan of the last step holds. */
  readonly isNewStep: boolean;
  /** The controller's count. */
  readonly wished: number;
  /** The same, or higher if more servers were needed within the last minutes because demand had outgrown the fleet. */
  readonly kept: number;
  readonly limit: Limit | null;
}

/**
 * How saturation, stabilization, hysteresis, the time until the next step and the limit on changes modified the plan,
 * in order.
 */
export function changesOf(
  choice: Choice,
  prospect: Prospect,
  { watchedMs, isNewStep, wished, kept, limit }: Settled,
): readonly Step[] {
  const { demand, planned, wish, growth: factor, desired, total: current } = choice;
  const steps: Step[] = [];
  if (factor > 0) steps.push(step('propose', 'grows_out_of_saturation', planned, wish, { demand, factor }));
  settle(choice, prospect, watchedMs, steps);
  if (kept > wished) {
    steps.push(step('stabilise', 'outgrown_kept', wished, kept, { minutes: TUNING.stabiliseMinutes, current }));
  }
  // The limit of a day lasts longer than a minute.
  if (limit !== null) {
    const { changes, allowed } = limit;
    steps.push(step('limit', 'max_actions_per_day', isNewStep ? kept : desired, limit.kept, { changes, allowed }));
  } else if (!isNewStep && wished !== desired) {
    steps.push(step('stabilise', 'kept_within_minute', desired, wished, undefined));
  }
  return steps;
}

/** From the plan to the controller's count. */
function settle(choice: Choice, prospect: Prospect, watchedMs: number | null, steps: Step[]): void {
  const { total, wish, stabilised, growth, desired, price } = choice;
  let before = wish;
  if (wish < total && stabilised > wish) {
    before = Math.min(total, stabilised);
    const minutes = TUNING.stabiliseMinutes;
    const data = { highest_wish: stabilised, minutes, watched_ms: watchedMs, current: total };
    steps.push(step('stabilise', 'stabilised_down', wish, before, data));
  }
  if (desired === before) return;
  if (growth > 0) {
    steps.push(step('stabilise', 'kept_in_saturation', before, desired, { demand: choice.demand, total }));
    return;
  }
  const gain = price > 0 ? prospect.gain(total, before, price) : total - before;
  const least = (price > 0 ? TUNING.churn : TUNING.churnReactive) * total;
  steps.push(step('stabilise', 'churn', before, desired, { gain, least_gain: least, price }));
}
