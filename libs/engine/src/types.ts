/**
 * Types of the engine: what a tick observes, what it decides and why. Everything here is plain data.
 *
 * Units: times are milliseconds since the epoch, durations milliseconds unless the name says otherwise, utilizations
 * percent (0 to 100), request rates requests per second, demand servers' worth of capacity (1.0 = one server at 100 %).
 */

import type { Measured, Totals } from './demand/stated.js';
import type { LeadTime } from './lead-time.js';

export type { Measured, StatedMeasured, Totals } from './demand/stated.js';

export type ServerState = 'PROVISIONING' | 'ACTIVE' | 'DRAINING' | 'TERMINATED';

/** One unit of capacity as its provider reports it. */
export interface Server {
  readonly id: string;
  readonly state: ServerState;
  /** Active since then, milliseconds since the epoch; absent or `null`: unknown, so it counts as old. */
  readonly activeAt?: number | null;
}

/**
 * One server's metrics at one time. `cpu` and `memory` in percent, `requestRate` in requests per second; `null`:
 * unknown. CPU above 100 is a full server (burstable virtual machine, container above its request).
 */
export interface Sample {
  readonly serverId: string;
  readonly at: number;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly requestRate: number | null;
  /**
   * Set by `observe`: whether the server was younger than the warm-up, so that its CPU may be start-up work. Absent:
   * no.
   */
  readonly warming?: boolean;
  /**
   * Set by `observe`: how long the server had been active, milliseconds, below `YOUNG_MS`. Absent: longer, or unknown.
   */
  readonly ageMs?: number;
}

export interface ServerCounts {
  readonly provisioning: number;
  readonly active: number;
  readonly draining: number;
}

/** Mean and maximum of a metric over the servers that reported it. */
export interface Summary {
  readonly mean: number;
  readonly max: number;
}

export type RefusalReason =
  'not_a_number' | 'out_of_range' | 'in_the_future' | 'stale' | 'duplicate' | 'unknown_server';

/** Usual delay of a metric source. */
export interface Lateness {
  /** Greatest age of its newest sample, milliseconds. */
  readonly ms: number;
  /** Active servers at the time of the newest sample; `null`: the current ones. */
  readonly servers: number | null;
}

/** What one tick knows of a cluster. */
export interface Observation {
  readonly at: number;
  readonly servers: ServerCounts;
  /** Active servers with at least one valid, fresh value. */
  readonly reporting: number;
  /** Active servers with a valid, fresh value of that metric. */
  readonly reportingBy: Readonly<Record<MetricName, number>>;
  /** Active servers that had time to report and did not. */
  readonly silent: number;
  /** The servers that took the load which the samples show: about the active ones at the time of the newest sample. */
  readonly loaded: number;
  /** Of these, the ones younger than the warm-up. */
  readonly warming: number;
  /** Active servers at saturation; those warming up do not count while others report CPU. */
  readonly full: number;
  /**
   * Over the active servers past their warm-up that report it, or over all that do while none is past it; `null`: none
   * reports. Values above 100 % count as 100 % in the mean.
   */
  readonly cpu: Summary | null;
  readonly memory: Summary | null;
  /** Requests per second served by the whole cluster, extrapolated from reporting servers to all that took load. */
  readonly requestRate: number | null;
  /** Offered load in servers' worth of capacity; a lower bound when `saturated`. `null` while nothing is reported. */
  readonly demand: number | null;
  /** The scarcest resource, which the demand estimate is based on; absent where demand is CPU by definition. */
  readonly bottleneck?: Bottleneck;
  readonly saturated: boolean;
  /** What the source states for the whole cluster; `null`: nothing, or nothing recent. */
  readonly totals: Totals | null;
  /** Absent if the source counts no slow or failed requests, or said nothing recently. */
  readonly measured?: Measured;
  /** A part of the metrics could not be read; absent: all could. No policy removes servers then. */
  readonly partial?: true;
  /** Age of the newest accepted sample; `null`: there has never been one. */
  readonly stalenessMs: number | null;
  /** Absent if the source is not late. */
  readonly late?: Lateness;
  /** Whether enough active servers report for a removal: more than `ENOUGH_REPORTING` of them. */
  readonly fresh: boolean;
  /** Samples of this tick that were rejected, partly or completely, by reason; other reasons are absent. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Samples with a rejected value of that metric; their other values are used. */
  readonly refusedBy: Readonly<Partial<Record<MetricName, number>>>;
  /** Accepted samples of this tick, one per reporting server. */
  readonly samples: readonly Sample[];
}

/** Inclusive limits of the desired count. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A count set by a user; while `now < until` no policy changes it. */
export interface ManualHold {
  readonly desired: number;
  readonly until: number;
  readonly by: string;
  /** A removal of more than half is immediate instead of in steps. */
  readonly immediate?: boolean;
}

/** A change of the count that a user requested. */
export interface ManualChange {
  readonly by: 'hold' | 'bounds';
  readonly from: number;
  readonly to: number;
}

/** A change of the count that a user undoes. */
export interface UndoneChange extends Pick<ManualChange, 'from' | 'to'> {
  readonly by: string;
  /** A removal of more than half is immediate instead of in steps. */
  readonly immediate?: boolean;
}

export type Action = 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';

export type Stage =
  | 'observe'
  | 'reference'
  | 'forecast'
  | 'propose'
  | 'combine'
  | 'stabilise'
  | 'limit'
  | 'cooldown'
  | 'hold'
  | 'bound'
  | 'mode'
  | 'act';

/** One step from the observation to the desired count. `before` is `null` where a step starts a count. */
export interface Step {
  readonly stage: Stage;
  /** The policy that took the step, if any. */
  readonly policy?: PolicyKind;
  /** A stable code for programs (`within_tolerance`, `cooldown_up`, ...); `reason` is its sentence for people. */
  readonly code: string;
  readonly before: number | null;
  readonly after: number;
  readonly reason: string;
  /** The numbers behind the sentence. */
  readonly data?: Readonly<Record<string, number | string | boolean | null>>;
  /**
   * Not part of the chain to the desired count: a forecast, or a policy that did not decide. The other steps are a
   * chain: the first ends at the listed count, each begins where the previous one ended, and the last ends at the
   * desired count.
   */
  readonly aside?: true;
}

/** Quantiles of the highest demand between now and `at + horizonMs`. */
export interface Forecast {
  readonly at: number;
  readonly horizonMs: number;
  readonly model: string;
  /** The quantile that the decision used, within (0, 1). */
  readonly level: number;
  /** Demand in servers at `level`. */
  readonly upper: number;
  /** Demand by quantile, for example `{ '0.5': 11.2, '0.9': 13 }`. */
  readonly quantiles: Readonly<Record<string, number>>;
}

/** The outcome of one tick. */
export interface Decision {
  readonly at: number;
  readonly action: Action;
  /** Start of the decision: the reference count, or the listed count if missing servers are requested again. */
  readonly current: number;
  /** Active and provisioning servers as listed by the provider. */
  readonly listed: number;
  /** The reference count; see `TickInput.reference`. */
  readonly reference: number;
  /** The count to request from the provider; equals `current` when the action is `MAINTAIN`. */
  readonly desired: number;
  /** The count that the policies proposed, before the bounds. */
  readonly wished: number;
  /** Proposed servers above the upper bound (>= 0). */
  readonly unmet: number;
  /** The policy that decided, or `hold` or `none`. */
  readonly policy: PolicyKind | 'hold' | 'none';
  readonly code: string;
  /** One plain sentence. */
  readonly reason: string;
  readonly steps: readonly Step[];
  /** The change by a user that this decision is part of. */
  readonly manualChange?: ManualChange;
  /** In `recommend` mode the decision is recorded and shown but never carried out. */
  readonly mode: 'act' | 'recommend';
}

export type PolicyKind = 'slo' | 'target_tracking' | 'threshold' | 'schedule';
export type MetricName = 'cpu' | 'memory' | 'request_rate';
/** What limits a cluster: a resource of its servers, or queued work. */
export type Bottleneck = MetricName | 'work';

/** Kubernetes HPA v2. Several metrics: the highest proposal wins. */
export interface TargetTrackingPolicy {
  /** `target`: percent for `cpu` and `memory`, requests per second per server for `request_rate`. */
  readonly metrics: readonly { readonly metric: MetricName; readonly target: number }[];
  /** Relative deviation that is ignored, default 0.1. */
  readonly tolerance: number;
  readonly scaleUpStabilizationMs: number;
  readonly scaleDownStabilizationMs: number;
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** Rate limits per period; `select` says which of the rules applies. */
export interface ScalingRules {
  readonly select: 'max' | 'min' | 'disabled';
  readonly rules: readonly {
    readonly type: 'percent' | 'servers';
    readonly value: number;
    readonly periodMs: number;
  }[];
}

/** The classic rules of the `analyzer` and `decision` sections of the configuration. */
export interface ThresholdPolicy {
  readonly cpuHigh: number;
  readonly cpuLow: number;
  readonly memoryHigh: number;
  readonly memoryLow: number;
  /** How long a threshold must be crossed without interruption. */
  readonly sustainedHighMs: number;
  readonly sustainedLowMs: number;
  /** Window of the linear trend; a trend that reaches `cpuHigh` within it counts as high. 0 switches it off. */
  readonly trendWindowMs: number;
  /** A rise of mean CPU by this many points within `spikeWindowMs` scales up without waiting for `sustainedHighMs`. */
  readonly spikePoints: number;
  readonly spikeWindowMs: number;
  /** At or above this CPU or memory the cluster scales up at once by `emergencyStep`, ignoring cooldowns. */
  readonly emergency: number;
  readonly scaleUpStep: number;
  readonly scaleDownStep: number;
  readonly emergencyStep: number;
  readonly cooldownUpMs: number;
  readonly cooldownDownMs: number;
}

/**
 * The service level: at most the share `violations` of requests arrives while the cluster is above `maxUtilization`.
 */
export interface SloPolicy {
  /** Share of requests, within (0, 0.5]. */
  readonly violations: number;
  /** Share of capacity, within (0, 1]. */
  readonly maxUtilization: number;
  /** `null`: unlimited. */
  readonly maxActionsPerDay: number | null;
}

/** An open window of a `schedule`. */
export interface OpenWindow {
  readonly name: string;
  readonly minServers?: number;
  readonly maxServers?: number;
}

/** Time windows with other bounds. Cron expressions are evaluated outside the engine, which sees only open windows. */
export interface SchedulePolicy {
  readonly windows: readonly {
    readonly name: string;
    readonly cron: string;
    readonly timeZone: string;
    readonly durationMs: number;
    readonly minServers?: number;
    readonly maxServers?: number;
  }[];
}

/**
 * The declared policies of a cluster. Several together: the highest proposal wins; `schedule` then raises or caps it.
 */
export interface Policy {
  readonly slo?: SloPolicy;
  readonly targetTracking?: TargetTrackingPolicy;
  readonly threshold?: ThresholdPolicy;
  readonly schedule?: SchedulePolicy;
  /** Policies that are evaluated and shown, but do not decide. */
  readonly forecastOnly?: readonly PolicyKind[];
  readonly mode: 'act' | 'recommend';
}

/** State of the policies from tick to tick: plain JSON, stored with the cluster and restored after a restart. */
export interface EngineState extends CommonState {
  /** State of each policy, owned by that policy; absent until its first tick. */
  readonly policies: Readonly<Partial<Record<PolicyKind, unknown>>>;
}

/** State shared by all policies of a cluster: executed changes, and how its metrics map to demand. */
export interface CommonState {
  readonly version: 1;
  /** When a decision last raised or lowered the count; `null`: never. */
  readonly lastScaleUpAt: number | null;
  readonly lastScaleDownAt: number | null;
  /** When another writer last changed the count; absent or `null`: never. */
  readonly lastExternalAt?: number | null;
  /** Since when a cluster that may be empty has had no load; absent: it has, or that is unknown. */
  readonly idleSince?: number;
  /** Recent changes of the reference count, oldest first, for rate limits. `external`: by another writer. */
  readonly changes: readonly { readonly at: number; readonly by: number; readonly external?: true }[];
  /**
   * The count last restored by an undo, and when: a recommendation of every stabilization window; absent or `null`:
   * none.
   */
  readonly restored?: { readonly at: number; readonly count: number } | null;
  /** What was learned about how metrics map to demand, owned by `estimateDemand`; absent until then. */
  readonly demand?: unknown;
}

export interface TickInput {
  readonly now: number;
  /** Planned time between ticks of this cluster. */
  readonly intervalMs: number;
  readonly bounds: Bounds;
  readonly policy: Policy;
  readonly observation: Observation;
  /**
   * The start of every proposal, rule and comparison (>= 0): the provider's own desired count, or the last one that was
   * requested and accepted. The listed count may be lower (lost or pending servers) or higher.
   */
  readonly reference: number;
  /** Servers that disappeared without a request of ours and were not replaced; other missing servers are pending. */
  readonly lost?: number;
  /** Since when the list has been equally short after the missing servers were requested again; `null`: it is not. */
  readonly shortSince?: number | null;
  /** Bounds that remove more than half of the servers apply at once instead of in steps. */
  readonly immediate?: boolean;
  /** A SCALE_UP never requests less: the provider's own desired count, or the last requested one. */
  readonly floor?: number;
  readonly hold: ManualHold | null;
  /** A change that is being undone; absent or `null`: none. */
  readonly undone?: UndoneChange | null;
  /** Open windows of the `schedule` policy. */
  readonly openWindows?: readonly OpenWindow[];
  /** Bounds that another system keeps the count within; they apply on top of all others. Absent or `null`: none. */
  readonly outerBounds?: OuterBounds | null;
  /** Measured lead time, from request to active; `null` until one was measured. */
  readonly leadTimeMs: number | null;
  /** The measurements, for the explanation; absent if the lead time is configured. */
  readonly leadTime?: LeadTime | null;
  readonly state: EngineState;
}

/** Bounds that another system keeps the count within. */
export interface OuterBounds extends Bounds {
  /** The system, as a sentence names it. */
  readonly by: string;
}

export interface TickOutput {
  readonly decision: Decision;
  readonly forecast: Forecast | null;
  readonly state: EngineState;
}
