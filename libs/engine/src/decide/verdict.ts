import type { Decision, Step } from '../types.js';

/** The count as it stands while the stages of a decision have their say, and who had the last word. */
export interface Verdict {
  readonly count: number;
  /** Whether a policy or a person asked for this count; otherwise it is the reference count. */
  readonly asked: boolean;
  readonly policy: Decision['policy'];
  readonly code: string;
  readonly reason: string;
}

/** The verdict after a step that changed its count: one sentence says what was desired and why, and what limited it. */
export function limitedBy(verdict: Verdict, { code, after, reason }: Step): Verdict {
  return { ...verdict, count: after, code, reason: joined(verdict.reason, reason) };
}

function joined(reason: string, clause: string): string {
  const sentence = reason.endsWith('.') ? reason.slice(0, -1) : reason;
  return `${sentence}; ${clause.charAt(0).toLowerCase()}${clause.slice(1)}`;
}
