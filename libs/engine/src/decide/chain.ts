import type { Step } from '../types.js';

/**
 * The steps of a decision as a chain: the `before` of each step is the `after` of the one before it. Forecasts, and policies that did not
 * decide, are set aside: they tell something and change no count.
 */
export function chained(steps: readonly Step[]): Step[] {
  let count: number | null = null;
  return steps.map((step) => {
    if (step.aside === true || step.stage === 'forecast') return { ...step, aside: true };
    const linked = { ...step, before: count };
    count = step.after;
    return linked;
  });
}

/** Steps that the decision does not rest on. */
export function aside(steps: readonly Step[]): Step[] {
  return steps.map((step) => ({ ...step, aside: true }));
}
