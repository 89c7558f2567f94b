import type { LiveClusterState, LiveDecision, LiveForecast, LiveMetrics, LiveScalingEvent } from './events';

/** The newest of what was heard of a cluster. */
export interface LiveCluster {
  readonly metrics: LiveMetrics | null;
  readonly metricsAt: number | null;
  readonly state: LiveClusterState | null;
  /** When the state was heard, by the clock of this browser (milliseconds since the epoch). */
  readonly stateAt: number | null;
  readonly decision: LiveDecision | null;
  readonly forecast: (LiveForecast & { readonly at: number }) | null;
  readonly scaling: (LiveScalingEvent & { readonly timestamp: string }) | null;
}

export const NOTHING_HEARD: LiveCluster = {
  metrics: null,
  metricsAt: null,
  state: null,
  stateAt: null,
  decision: null,
  forecast: null,
  scaling: null,
};
