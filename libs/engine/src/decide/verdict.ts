import type { Decision, Step } from '../types.js';
import { behindOf, headed, headlineOf, uncapital } from '../words.js';
import { step } from './sentences.js';

/** The count so far while the stages of a decision are applied, and which stage last changed it. */
export interface Verdict {
  readonly count: number;
  /** Whether a policy or a user requested this count; otherwise it is the reference count. */
  readonly asked: boolean;
  readonly policy: Decision['policy'];
  readonly code: string;
  readonly reason: string;
  /** What the policy proposed and why, shown after the sentence that limited it; empty if nothing limited it. */
  readonly proposal: string;
}

/** The verdict after a step that changed its count: the limit comes first, then what it limited. */
export function limitedBy(verdict: Verdict, { code, after, reason }: Step): Verdict {
  const { proposal } = verdict;
  return { ...verdict, count: after, code, reason: headed(headlineOf(reason), behindOf(reason), proposal) };
}

/** The reason of a decision; where a count set by a user is only recommended, its sentence would claim that it is set. */
export function reasonIn({ policy, reason }: Pick<Verdict, 'policy' | 'reason'>, mode: Decision['mode']): string {
  if (policy !== 'hold' || mode !== 'recommend') return reason;
  const headline = `Only recommended: ${uncapital(headlineOf(reason))}`;
  return headed(headline, behindOf(reason), 'This service changes no server.');
}

/** The step from the listed count to the reference count. */
export function referenceSteps(listed: number, reference: number): Step[] {
  if (listed === reference) return [];
  const code = listed < reference ? 'fewer_listed' : 'more_listed';
  return [step('reference', code, listed, reference, { listed, reference })];
}

/**
 * Makes the steps of a decision a chain: each step's `before` is the `after` of the previous one. Forecasts, and
 * policies that did not decide, are marked `aside`: they change no count.
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

/** Marks steps that the decision does not depend on. */
export function aside(steps: readonly Step[]): Step[] {
  return steps.map((one) => ({ ...one, aside: true }));
}
