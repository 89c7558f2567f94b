import type { Decision } from '../types.js';

/** The count as it stands while the stages of a decision have their say, and who had the last word. */
export interface Verdict {
  readonly count: number;
  /** Whether a policy or a person asked for this count; otherwise it is the reference count. */
  readonly asked: boolean;
  readonly policy: Decision['policy'];
  readonly code: string;
  readonly reason: string;
}

/** One sentence of two: what was desired and why, and what limited it. */
export function joined(reason: string, clause: string): string {
  return `${reason.endsWith('.') ? reason.slice(0, -1) : reason}; ${clause}`;
}

/** `1 server`, `12 servers`. */
export function serversOf(count: number): string {
  return count === 1 ? '1 server' : `${count} servers`;
}
