/**
 * The vocabulary of the engine: what a tick sees, what it decides and why. Everything here is plain data.
 *
 * Units: times are milliseconds since the Unix epoch, durations milliseconds unless the name says otherwise,
 * utilizations percent (0 to 100), request rates requests per second, demand servers' worth of capacity (1.0 = one
 * server at 100 %).
 */

import type { LeadTime } from './lead-time.js';

export type ServerState = 'PROVISIONING' | 'ACTIVE' | 'DRAINING' | 'TERMINATED';

/** One unit of capacity as its provider reports it. */
export interface Server {
  readonly id: string;
  readonly state: ServerState;
  /** Since when it has been active, milliseconds since the epoch; absent or `null`: not known, so it counts as old. */
  readonly activeAt?: number | null;
}

/**
 * One server's metrics at one time. `cpu` and `memory` in percent, `requestRate` in requests per second; `null` is unknown. CPU above
 * 100 is a full server (a virtual machine that bursts, a container above its request).
 */
export interface Sample {
  readonly serverId: string;
  readonly at: number;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly requestRate: number | null;
  /** Whether its server was younger than the warm-up, set by `observe`: its CPU may be start-up rather than load. Absent: no. */
  readonly warming?: boolean;
  /** How long its server had been active, milliseconds, set by `observe` while that is less than `YOUNG_MS`. Absent: longer, or not known. */
  readonly ageMs?: number;
}

/** What a source states for the whole cluster; it exists at zero servers, too. */
export interface Totals {
  readonly at: number;
  /** Requests per second that are offered to the whole cluster, served or not; `null`: unknown. */
  readonly requestRate: number | null;
}

export interface ServerCounts {
  readonly provisioning: number;
  readonly active: number;
  readonly draining: number;
}

/** Mean and highest value of a metric over the servers that reported it. */
export interface Summary {
  readonly mean: number;
  readonly max: number;
}

export type RefusalReason =
  'not_a_number' | 'out_of_range' | 'in_the_future' | 'stale' | 'duplicate' | 'unknown_server';

/** What one tick knows of a cluster. */
export interface Observation {
  readonly at: number;
  readonly servers: ServerCounts;
  /** Active servers of which at least one valid, fresh value is known. */
  readonly reporting: number;
  /** Active servers of which a valid, fresh value of that metric is known. */
  readonly reportingBy: Readonly<Record<MetricName, number>>;
  /** Active servers that had the time to report and did not. */
  readonly silent: number;
  /** Active servers younger than the warm-up. */
  readonly warming: number;
  /** Active servers at saturation; those that are warming up do not count while others report CPU. */
  readonly full: number;
  /**
   * Over the active servers past their warm-up that report it, or over all that do while none is past it; `null` while none does. Above
   * 100 % counts as 100 % in the mean.
   */
  readonly cpu: Summary | null;
  readonly memory: Summary | null;
  /** Requests per second served by the whole cluster, scaled up from the reporting servers to all active ones. */
  readonly requestRate: number | null;
  /** Offered work in servers' worth of capacity; a lower bound when `saturated`. `null` while nothing is reported. */
  readonly demand: number | null;
  /** What the estimate of demand rests on: the scarcest resource; absent where demand is CPU by definition. */
  readonly bottleneck?: MetricName;
  readonly saturated: boolean;
  /** What the source states for the whole cluster; `null` where it states nothing, or nothing recent. */
  readonly totals: Totals | null;
  /** Age of the newest accepted sample, or `null` when there has never been one. */
  readonly stalenessMs: number | null;
  /** Whether enough active servers report to justify removing one: more than `ENOUGH_REPORTING` of them. */
  readonly fresh: boolean;
  /** How many samples of this tick were refused, in part or as a whole, by reason; reasons that did not occur are absent. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** How many samples had a value of that metric refused; the other values of such a sample count. */
  readonly refusedBy: Readonly<Partial<Record<MetricName, number>>>;
  /** Accepted samples of this tick, one per reporting server. */
  readonly samples: readonly Sample[];
}

/** Inclusive limits of the desired count. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A count set by hand; while `now < until` no policy changes it. */
export interface ManualHold {
  readonly desired: number;
  readonly until: number;
  readonly by: string;
  /** A removal of more than half goes at once instead of in steps. */
  readonly immediate?: boolean;
}

/** A change of the count that a person asked for. */
export interface ManualChange {
  readonly by: 'hold' | 'bounds';
  readonly from: number;
  readonly to: number;
}

/** A change of the count that a person takes back. */
export interface UndoneChange extends Pick<ManualChange, 'from' | 'to'> {
  readonly by: string;
  /** A removal of more than half goes at once instead of in steps. */
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

/** One step on the way from what was seen to the desired count. `before` is `null` where a step starts a count. */
export interface Step {
  readonly stage: Stage;
  /** The policy that took the step, where one did. */
  readonly policy?: PolicyKind;
  /** A stable word for programs (`within_tolerance`, `cooldown_up`, ...); `reason` is its sentence for people. */
  readonly code: string;
  readonly before: number | null;
  readonly after: number;
  readonly reason: string;
  /** The numbers behind the sentence. */
  readonly data?: Readonly<Record<string, number | string | boolean | null>>;
  /**
   * Beside the way to the desired count: a forecast, or a policy that did not decide. The other steps are a chain: the first ends at the
   * listed count, each begins where the one before it ended, and the last ends at the desired count.
   */
  readonly aside?: true;
}

/** Quantiles of the highest demand between now and `at + horizonMs`. */
export interface Forecast {
  readonly at: number;
  readonly horizonMs: number;
  readonly model: string;
  /** The quantile that the decision planned for, within (0, 1). */
  readonly level: number;
  /** Demand in servers at `level`. */
  readonly upper: number;
  /** Demand by quantile level, for instance `{ '0.5': 11.2, '0.9': 13 }`. */
  readonly quantiles: Readonly<Record<string, number>>;
}

/** The outcome of one tick. */
export interface Decision {
  readonly at: number;
  readonly action: Action;
  /** The count that the decision starts from: the reference count, or what is listed where missing servers are asked for again. */
  readonly current: number;
  /** Active and provisioning servers as the provider listed them. */
  readonly listed: number;
  /** The reference count; see `TickInput.reference`. */
  readonly reference: number;
  /** The count that the provider is asked for; equals `current` when the action is `MAINTAIN`. */
  readonly desired: number;
  /** What the policies wished before bounds cut it. */
  readonly wished: number;
  /** Wished servers that the upper bound refused (>= 0). */
  readonly unmet: number;
  /** The policy that had the last word, or `hold` or `none`. */
  readonly policy: PolicyKind | 'hold' | 'none';
  readonly code: string;
  /** One plain sentence. */
  readonly reason: string;
  readonly steps: readonly Step[];
  /** A change by a person's word that this decision is a part of. */
  readonly manualChange?: ManualChange;
  /** In `recommend` mode the decision is recorded and shown but never carried out. */
  readonly mode: 'act' | 'recommend';
}

export type PolicyKind = 'slo' | 'target_tracking' | 'threshold' | 'schedule';
export type MetricName = 'cpu' | 'memory' | 'request_rate';

/** Kubernetes HPA v2. Several metrics: the highest proposal wins. */
export interface TargetTrackingPolicy {
  /**
   * `target`: percent for `cpu` and `memory`, requests per second and server for `request_rate`.
   */
  readonly metrics: readonly { readonly metric: MetricName; readonly target: number }[];
  /** Relative deviation that is left alone, default 0.1. */
  readonly tolerance: number;
  readonly scaleUpStabilizationMs: number;
  readonly scaleDownStabilizationMs: number;
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** At most so much change per period; `select` names which of the rules counts. */
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
  /** A jump of mean CPU by this many points within `spikeWindowMs` scales up without waiting for `sustainedHighMs`. */
  readonly spikePoints: number;
  readonly spikeWindowMs: number;
  /** At or above this CPU or memory the cluster scales up at once, by `emergencyStep`, whatever the cooldown. */
  readonly emergency: number;
  readonly scaleUpStep: number;
  readonly scaleDownStep: number;
  readonly emergencyStep: number;
  readonly cooldownUpMs: number;
  readonly cooldownDownMs: number;
}

/** The service level: at most `violations` of the requests while the cluster is above `maxUtilization`. */
export interface SloPolicy {
  /** Share of requests, within (0, 0.5]. */
  readonly violations: number;
  /** Share of capacity, within (0, 1]. */
  readonly maxUtilization: number;
  /** `null`: unbounded. */
  readonly maxActionsPerDay: number | null;
}

/** A window of a `schedule` while it is open. */
export interface OpenWindow {
  readonly name: string;
  readonly minServers?: number;
  readonly maxServers?: number;
}

/** Windows in which other bounds hold. Cron expressions are evaluated outside the engine, which sees open windows only. */
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

/** The declared rule of a cluster. Several together: the highest proposal wins; `schedule` then raises or caps it. */
export interface Policy {
  readonly slo?: SloPolicy;
  readonly targetTracking?: TargetTrackingPolicy;
  readonly threshold?: ThresholdPolicy;
  readonly schedule?: SchedulePolicy;
  /** Kinds that are asked and shown, and have no say. */
  readonly forecastOnly?: readonly PolicyKind[];
  readonly mode: 'act' | 'recommend';
}

/** What policies remember from tick to tick: plain JSON, stored with the cluster, restored after a restart. */
export interface EngineState extends CommonState {
  /** State of each policy, owned by that policy; absent until its first tick. */
  readonly policies: Readonly<Partial<Record<PolicyKind, unknown>>>;
}

/** What all policies of a cluster have in common: what was carried out, and how its metrics tell demand. */
export interface CommonState {
  readonly version: 1;
  /** When the count was last raised or lowered by a decision that was carried out; `null` when never. */
  readonly lastScaleUpAt: number | null;
  readonly lastScaleDownAt: number | null;
  /** When another writer last changed the count; absent or `null` when never. */
  readonly lastExternalAt?: number | null;
  /** Late changes of the reference count, oldest first: what rate limits count. `external`: by another writer. */
  readonly changes: readonly { readonly at: number; readonly by: number; readonly external?: true }[];
  /** The count that an undo last put back, and when it last did: a recommendation of every scale-down window; absent or `null`: none. */
  readonly restored?: { readonly at: number; readonly count: number } | null;
  /** What was learned of how metrics tell demand, owned by `estimateDemand`; absent until then. */
  readonly demand?: unknown;
}

export interface TickInput {
  readonly now: number;
  /** The planned time between ticks of this cluster. */
  readonly intervalMs: number;
  readonly bounds: Bounds;
  readonly policy: Policy;
  readonly observation: Observation;
  /**
   * The count that every proposal, rule and comparison starts from (>= 0): the provider's own desired count, or the last one that was asked
   * for and accepted. What is listed at the moment may be less (lost, or still to come) or more.
   */
  readonly reference: number;
  /** Servers that vanished without being removed by us and have not been made up for; the rest of what is missing is still to come. */
  readonly lost?: number;
  /** Since when the list has been as short as it is, after the missing servers were asked for again; `null`: it has not been. */
  readonly shortSince?: number | null;
  /** The bounds take away more than half of the servers at once instead of in steps. */
  readonly immediate?: boolean;
  /** A SCALE_UP sends no less: the provider's own desired count, or the last one that was asked for. */
  readonly floor?: number;
  readonly hold: ManualHold | null;
  /** A change that is being taken back; absent or `null`: none. */
  readonly undone?: UndoneChange | null;
  /** Windows of the `schedule` policy that are open now. */
  readonly openWindows?: readonly OpenWindow[];
  /** Measured time from asking for a server to its being active; `null` until one was seen. */
  readonly leadTimeMs: number | null;
  /** What it was measured from, for the explanation; absent where the lead time is given. */
  readonly leadTime?: LeadTime | null;
  readonly state: EngineState;
}

export interface TickOutput {
  readonly decision: Decision;
  readonly forecast: Forecast | null;
  readonly state: EngineState;
}
