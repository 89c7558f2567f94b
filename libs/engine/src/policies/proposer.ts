import type { LeadTime } from '../lead-time.js';
import type { Bounds, EngineState, Forecast, Observation, Step } from '../types.js';

/** What a policy may know when it proposes a count. */
export interface ProposeContext {
  readonly now: number;
  readonly intervalMs: number;
  readonly bounds: Bounds;
  readonly observation: Observation;
  /** The reference count, which proposals, rules and comparisons start from. */
  readonly current: number;
  /** `null` until it was measured. */
  readonly leadTimeMs: number | null;
  /** What was measured, for the explanation; absent where the lead time is given. */
  readonly leadTime?: LeadTime | null;
  readonly engine: EngineState;
}

/** What a policy wishes, and why. */
export interface Proposal {
  /** `null`: the policy knows too little to wish for anything, and objects to removing servers. */
  readonly desired: number | null;
  readonly code: string;
  readonly reason: string;
  /** The reason without the count: it stands behind the sentence of what limited the proposal. */
  readonly explanation: string;
  /** The steps that led there, in order; the last one ends at `desired`. */
  readonly steps: readonly Step[];
  readonly forecast?: Forecast;
  /** What the policy wants to remember: plain JSON. */
  readonly state: unknown;
}

/** A policy: pure, with its memory handed in and out. */
export type Proposer<P> = (policy: P, context: ProposeContext, state: unknown) => Proposal;
