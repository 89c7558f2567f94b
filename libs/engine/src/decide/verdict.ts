import type { Decision, Step } from '../types.js';
import { step } from './sentences.js';

/** The count as it stands while the stages of a decision have their say, and who had the last word. */
export interface Verdict {
  readonly count: number;
  /** Whether a policy or a person asked for this count; otherwise it is the reference count. */
  readonly asked: boolean;
  readonly policy: Decision['policy'];
  readonly code: string;
  readonly reason: string;
  /** What the policy proposed and why, as it stands behind the sentence of what limited it; empty where there is none. */
  readonly proposal: string;
}

/** The verdict after a step that changed its count: what limited it comes first, then what it limited. */
export function limitedBy(verdict: Verdict, { code, after, reason }: Step): Verdict {
  const { proposal } = verdict;
  return { ...verdict, count: after, code, reason: proposal === '' ? reason : `${reason} ${proposal}` };
}

/** From what is listed to the count that everything starts from. */
export function referenceSteps(listed: number, reference: number): Step[] {
  if (listed === reference) return [];
  const code = listed < reference ? 'fewer_listed' : 'more_listed';
  return [step('reference', code, listed, reference, { listed, reference })];
}

/**
 * The steps of a decision as a chain: the `before` of each step is the `after` of the one before it. Forecasts, and policies that did not
 * decide, are set aside: they tell something and change no count.
 */
export function chained(steps: readonly Step[]): Step[] {
  let count: number | null = null;
  return steps.map((one) => {
    if (one.aside === true || one.stage === 'forecast') return { ...one, aside: true };
    const linked = { ...one, before: count };
    count = one.after;
    return linked;
  });
}

/** Steps that the decision does not rest on. */
export function aside(steps: readonly Step[]): Step[] {
  return steps.map((one) => ({ ...one, aside: true }));
}
