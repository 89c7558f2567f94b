import type { Decision, Step } from '../types.js';

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
