import type { Step } from '../types.js';
import type { Choice } from './choice.js';
import { TUNING } from './constants.js';
import type { Prospect } from './prospect.js';
import { step } from './sentences.js';

/** What a bound on changes per day made of a wish. */
export interface Limit {
  /** The count that stays. */
  readonly kept: number;
  /** Changes within the last day, and how many of them are allowed. */
  readonly changes: number;
  readonly allowed: number;
}

/** What is to be explained of a count, beside the choice. */
interface Settled {
  /** Whether anything was learned; otherwise the plan of the last step stands. */
  readonly isNewStep: boolean;
  /** What the controller decided. */
  readonly wished: number;
  /** The same, or more where more were needed within the last minutes, as demand had outgrown the fleet. */
  readonly kept: number;
  readonly limit: Limit | null;
}

/** What saturation, stabilizing, churn, the time until the next step or the bound on changes made of the plan, in order. */
export function changesOf(
  choice: Choice,
  prospect: Prospect,
  { isNewStep, wished, kept, limit }: Settled,
): readonly Step[] {
  const { demand, planned, wish, growth: factor, desired, total: current } = choice;
  const steps: Step[] = [];
  if (factor > 0) steps.push(step('propose', 'grows_out_of_saturation', planned, wish, { demand, factor }));
  settle(choice, prospect, steps);
  if (kept > wished) {
    steps.push(step('stabilise', 'outgrown_kept', wished, kept, { minutes: TUNING.stabiliseMinutes, current }));
  }
  // A bound for a day outlasts the minute.
  if (limit !== null) {
    const { changes, allowed } = limit;
    steps.push(step('limit', 'max_actions_per_day', isNewStep ? kept : desired, limit.kept, { changes, allowed }));
  } else if (!isNewStep && wished !== desired) {
    steps.push(step('stabilise', 'kept_within_minute', desired, wished, undefined));
  }
  return steps;
}

/** As the controller settled on a count. */
function settle(choice: Choice, prospect: Prospect, steps: Step[]): void {
  const { total, wish, stabilised, growth, desired, price } = choice;
  let before = wish;
  if (wish < total && stabilised > wish) {
    before = Math.min(total, stabilised);
    const data = { highest_wish: stabilised, minutes: TUNING.stabiliseMinutes, current: total };
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
