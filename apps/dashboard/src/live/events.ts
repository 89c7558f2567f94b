/** Live events as the service sends them (docs: "live" in the wire contract). Times are RFC 3339 in UTC. */
export interface LiveEvent<Type extends string, Data> {
  readonly id: string;
  readonly type: Type;
  readonly cluster_id: string;
  readonly timestamp: string;
  readonly data: Data;
}

interface Summary {
  readonly mean: number;
  readonly max: number;
}

export interface LiveMetrics {
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly reporting: number;
  readonly cpu: Summary | null;
  readonly memory: Summary | null;
  readonly request_rate: number | null;
  readonly demand: number | null;
  readonly saturated: boolean;
  readonly staleness_ms: number | null;
  readonly servers?: readonly {
    readonly server_id: string;
    /** `null` where it is unknown, field by field. */
    readonly cpu_usage: number | null;
    readonly memory_usage: number | null;
    readonly request_load: number | null;
  }[];
}

export interface LiveClusterState {
  readonly status: 'active' | 'paused' | 'error';
  /** The worst of the cluster's active alerts, its promise and its condition. */
  readonly state: {
    readonly level: 'ok' | 'attention' | 'critical';
    readonly code: string | null;
    readonly message: string | null;
    readonly since: string | null;
  };
  readonly desired: number | null;
  readonly actual: number;
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly min_servers: number;
  readonly max_servers: number;
  readonly lead_time_ms: number | null;
  readonly hold: { readonly desired_servers: number; readonly until: string; readonly by: string } | null;
  readonly servers?: readonly {
    readonly server_id: string;
    readonly state: 'PROVISIONING' | 'ACTIVE' | 'DRAINING' | 'TERMINATED';
  }[];
}

export interface LiveDecision {
  readonly id: string;
  readonly action: 'SCALE_UP' | 'SCALE_DOWN' | 'MAINTAIN';
  readonly current: number;
  readonly desired: number;
  readonly wished: number;
  readonly unmet: number;
  readonly policy: string;
  readonly code: string;
  readonly reason: string;
  readonly mode: 'act' | 'recommend';
  readonly steps: readonly {
    readonly stage: string;
    readonly code: string;
    readonly before: number | null;
    readonly after: number;
    readonly reason: string;
    readonly data?: Readonly<Record<string, unknown>>;
  }[];
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

export interface LiveAlert {
  readonly code: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly state: 'raised' | 'cleared' | 'noticed';
  readonly message: string;
}

export interface LiveBacktest {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress: number;
  readonly error: string | null;
}

/** Every topic there is, and what it carries. */
export interface LiveTopics {
  readonly metrics: LiveMetrics;
  readonly cluster_state: LiveClusterState;
  readonly decision: LiveDecision;
  readonly scaling_event: LiveScalingEvent;
  readonly forecast: LiveForecast;
  readonly alert: LiveAlert;
  readonly backtest: LiveBacktest;
}

export type Topic = keyof LiveTopics;
export type EventOf<T extends Topic> = LiveEvent<T, LiveTopics[T]>;

export const TOPICS = [
  'metrics',
  'cluster_state',
  'decision',
  'scaling_event',
  'forecast',
  'alert',
  'backtest',
] as const satisfies readonly Topic[];
