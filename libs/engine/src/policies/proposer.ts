import type { LeadTime } from '../lead-time.js';
import type { Bounds, EngineState, Forecast, Observation, Step } from '../types.js';

/** What a policy knows when it proposes a count. */
export interface ProposeContext {
  readonly now: number;
  readonly intervalMs: number;
  readonly bounds: Bounds;
  readonly observation: Observation;
  /** The reference count: start of proposals, rules and comparisons. */
  readonly current: number;
  /** `null` until one was measured. */
  readonly leadTimeMs: number | null;
  /** The measurements, for the explanation; absent if the lead time is configured. */
  readonly leadTime?: LeadTime | null;
  readonly engine: EngineState;
}

/** What a policy proposes, and why. */
export interface Proposal {
  /** `null`: the policy knows too little for a proposal, and blocks removals. */
  readonly desired: number | null;
  readonly code: string;
  readonly reason: string;
  /** The reason without the count; shown after the sentence that limited the proposal. */
  readonly explanation: string;
  /** The steps to the proposal, in order; the last one ends at `desired`. */
  readonly steps: readonly Step[];
  readonly forecast?: Forecast;
  /** The policy's next state: plain JSON. */
  readonly state: unknown;
}

/** A policy: a pure function, with its state as argument and result. */
export type Proposer<P> = (policy: P, context: ProposeContext, state: unknown) => Proposal;
