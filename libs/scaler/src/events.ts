import { EventEmitter } from 'node:events';
import type { Action, PolicyKind, ServerState, Stage } from '#engine';

/** One live event; names and values are the wire form, as sockets send it. */
export interface LiveEvent<Type extends string, Data> {
  readonly type: Type;
  readonly cluster_id: string;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly data: Data;
}

/** Every topic there is. A topic that is not here does not compile. */
export interface LiveEvents {
  /** What the last tick saw. */
  readonly metrics: LiveEvent<'metrics', LiveMetrics>;
  /** The servers, counts, bounds or hold of a cluster changed. */
  readonly cluster_state: LiveEvent<'cluster_state', LiveClusterState>;
  /** Every decision, `MAINTAIN` too. */
  readonly decision: LiveEvent<'decision', LiveDecision>;
  /** A decision was carried out, or could not be. */
  readonly scaling_event: LiveEvent<'scaling_event', LiveScalingEvent>;
  readonly forecast: LiveEvent<'forecast', LiveForecast>;
  /** Something a person should know began or ended. */
  readonly alert: LiveEvent<'alert', LiveAlert>;
  /** A backtest of a cluster began, went on or ended. */
  readonly backtest: LiveEvent<'backtest', LiveBacktest>;
}

export type LiveTopic = keyof LiveEvents;

export interface LiveSummary {
  readonly mean: number;
  readonly max: number;
}

export interface LiveMetrics {
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly reporting: number;
  readonly cpu: LiveSummary | null;
  readonly memory: LiveSummary | null;
  readonly request_rate: number | null;
  readonly demand: number | null;
  readonly saturated: boolean;
  readonly staleness_ms: number | null;
  readonly servers: readonly {
    readonly server_id: string;
    /** Percent, and requests per second; `null`: unknown. */
    readonly cpu_usage: number | null;
    readonly memory_usage: number | null;
    readonly request_load: number | null;
  }[];
}

export interface LiveClusterState {
  readonly status: string;
  /** The worst of the cluster's active alerts, its promise and its condition. */
  readonly state: LiveState;
  readonly desired: number | null;
  readonly actual: number;
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly min_servers: number;
  readonly max_servers: number;
  readonly lead_time_ms: number | null;
  readonly hold: { readonly desired_servers: number; readonly until: string; readonly by: string } | null;
  readonly servers: readonly { readonly server_id: string; readonly state: ServerState }[];
}

export interface LiveState {
  readonly level: 'ok' | 'attention' | 'critical';
  readonly code: string | null;
  readonly message: string | null;
  /** RFC 3339, UTC. */
  readonly since: string | null;
}

export interface LiveStep {
  readonly stage: Stage;
  readonly policy?: PolicyKind;
  readonly code: string;
  readonly before: number | null;
  readonly after: number;
  readonly reason: string;
  readonly data?: Readonly<Record<string, number | string | boolean | null>>;
  readonly aside?: true;
}

export interface LiveDecision {
  readonly id: string;
  readonly action: Action;
  readonly current: number;
  readonly listed: number;
  readonly reference: number;
  readonly desired: number;
  readonly wished: number;
  readonly unmet: number;
  readonly policy: string;
  readonly code: string;
  readonly reason: string;
  readonly mode: 'act' | 'recommend';
  readonly steps: readonly LiveStep[];
  /** How the service level stands; `null` where none is promised, or nothing was seen yet. */
  readonly service_level: LiveServiceLevel | null;
  /** What the policy on trial would do; `null` while there is none. */
  readonly candidate: LiveCandidateDecision | null;
}

export interface LiveServiceLevel {
  readonly budget: {
    readonly promised: number;
    readonly spent: number;
    readonly left: number;
    readonly burn_rate: number;
  };
  readonly coverage: Readonly<Record<string, number>>;
  readonly skill: number | null;
  readonly predictable: boolean | null;
  readonly demoted: boolean;
  readonly state: 'learning' | 'trusted' | 'demoted';
}

export interface LiveCandidateDecision {
  readonly id: string;
  readonly action: Action;
  readonly desired: number;
  readonly policy: string;
  readonly code: string;
  readonly reason: string;
}

export interface LiveScalingEvent {
  readonly id: string;
  readonly action: 'SCALE_UP' | 'SCALE_DOWN';
  readonly servers_before: number;
  readonly servers_after: number | null;
  readonly desired: number;
  readonly policy: string;
  readonly code: string;
  readonly reason: string;
  readonly outcome: 'pending' | 'success' | 'partial' | 'failed';
  readonly error: string | null;
}

export interface LiveForecast {
  readonly horizon_ms: number;
  readonly model: string;
  readonly level: number;
  readonly upper: number;
  readonly quantiles: Readonly<Record<string, number>>;
}

export type AlertCode =
  | 'provider_unreachable'
  | 'metrics_missing'
  | 'samples_refused'
  | 'servers_silent'
  | 'scaling_failed'
  | 'unmet_demand'
  | 'drift'
  | 'servers_lost'
  | 'forecast_demoted'
  | 'error_budget_spent'
  | 'tick_failed'
  | 'saturated'
  | 'removals_held'
  | 'count_contested'
  | 'servers_overdue'
  | 'large_change'
  | 'bounds_conflict'
  | 'stranded_at_zero';

export interface LiveAlert {
  readonly code: AlertCode;
  readonly severity: 'info' | 'warning' | 'critical';
  /** `noticed`: it happened and is over; the other two begin and end a condition. */
  readonly state: 'raised' | 'cleared' | 'noticed';
  readonly message: string;
  /** The numbers behind the message. */
  readonly data?: Readonly<Record<string, number | string | boolean | null>>;
}

export interface LiveBacktest {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** 0 to 1. */
  readonly progress: number;
  readonly error: string | null;
}

type Listener<Topic extends LiveTopic> = (event: LiveEvents[Topic]) => void;

/**
 * What happens to clusters, for whoever shows it. Listeners are called synchronously, after everything they hear of
 * was recorded (or put aside to be recorded once the database is back); they must be quick, and what they throw is theirs.
 */
export class LiveBus {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(private readonly onListenerError: (error: unknown) => void = () => undefined) {}

  /** Returns the function that ends the listening. */
  on<Topic extends LiveTopic>(topic: Topic, listener: Listener<Topic>): () => void {
    const guarded = (event: LiveEvents[Topic]): void => {
      try {
        listener(event);
      } catch (error) {
        this.onListenerError(error);
      }
    };
    this.emitter.on(topic, guarded);
    return () => this.emitter.off(topic, guarded);
  }

  emit<Topic extends LiveTopic>(topic: Topic, event: LiveEvents[Topic]): void {
    this.emitter.emit(topic, event);
  }

  /** Whether anybody would hear it; events nobody hears need not be built. */
  heard(topic: LiveTopic): boolean {
    return this.emitter.listenerCount(topic) > 0;
  }
}
