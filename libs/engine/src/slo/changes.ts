import type { Step } from '../types.js';
import type { Choice } from './choice.js';
import { TUNING } from './constants.js';
import type { Prospect } from './prospect.js';
import { staying, step } from './sentences.js';

/** What a bound on changes per day made of a wish. */
export interface Limit {
  /** The count that stays. */
  readonly kept: number;
  /** Changes within the last day, and how many of them are allowed. */
  readonly changes: number;
  readonly allowed: number;
}

/** What became of a wish: as a step, and as a clause of the one sentence. */
export interface Change {
  readonly step: Step;
  readonly clause: string;
}

/** What is to be explained of a count, beside the choice. */
interface Settled {
  /** Whether anything was learnt; otherwise the plan of the last step stands. */
  readonly isNewStep: boolean;
  /** What the controller decided. */
  readonly wished: number;
  /** The same, or more where more were needed within the last minutes, as demand had outgrown the fleet. */
  readonly kept: number;
  readonly limit: Limit | null;
}

/** What saturation, stabilising, churn, the time until the next step or the bound on changes made of the plan, in order. */
export function changesOf(
  choice: Choice,
  prospect: Prospect,
  { isNewStep, wished, kept, limit }: Settled,
): readonly Change[] {
  const changes: Change[] = [];
  if (choice.growth > 0) changes.push(saturationChange(choice));
  settle(choice, prospect, changes);
  if (kept > wished) changes.push(outgrownChange(wished, kept));
  // A bound for a day outlasts the minute.
  if (limit !== null) changes.push(limitChange(limit, isNewStep ? kept : choice.desired));
  else if (!isNewStep && wished !== choice.desired) changes.push(betweenChange(choice, wished));
  return changes;
}

function saturationChange({ demand, planned, wish, growth: factor }: Choice): Change {
  return {
    step: step('propose', 'grows_out_of_saturation', planned, wish, { demand, factor }),
    // The plan says it.
    clause: '',
  };
}

/** As the controller settled on a count. */
function settle(choice: Choice, prospect: Prospect, changes: Change[]): void {
  const { total, wish, stabilised, growth, desired, price } = choice;
  let before = wish;
  if (wish < total && stabilised > wish) {
    before = Math.min(total, stabilised);
    const minutes = TUNING.stabiliseMinutes;
    changes.push({
      step: step('stabilise', 'stabilised_down', wish, before, { highest_wish: stabilised, minutes }),
      clause: `not fewer than ${before} stay, as ${stabilised} were wished for within ${minutes} min`,
    });
  }
  if (desired === before) return;
  if (growth > 0) {
    changes.push({
      step: step('stabilise', 'kept_in_saturation', before, desired, { demand: choice.demand, total }),
      clause: `${staying(desired)} until all demand can be seen`,
    });
    return;
  }
  const gain = price > 0 ? prospect.gain(total, before, price) : total - before;
  const least = (price > 0 ? TUNING.churn : TUNING.churnReactive) * total;
  changes.push({
    step: step('stabilise', 'churn', before, desired, { gain, least_gain: least, price }),
    clause: `${staying(desired)}, as going to ${before} would gain too little`,
  });
}

function outgrownChange(wished: number, kept: number): Change {
  const minutes = TUNING.stabiliseMinutes;
  return {
    step: step('stabilise', 'outgrown_kept', wished, kept, { minutes }),
    clause: `not fewer than ${kept} stay, as demand outgrew the fleet within ${minutes} min`,
  };
}

function betweenChange({ desired: planned }: Choice, kept: number): Change {
  return {
    step: step('stabilise', 'kept_within_minute', planned, kept, undefined),
    clause: `${staying(kept)} until the next minute begins`,
  };
}

function limitChange({ kept, changes, allowed: most }: Limit, wished: number): Change {
  return {
    step: step('limit', 'max_actions_per_day', wished, kept, { changes, allowed: most }),
    clause: `${staying(kept)}, as there were ${changes} changes within a day and ${most} are allowed`,
  };
}
