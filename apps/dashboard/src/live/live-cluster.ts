import type { LiveClusterState, LiveDecision, LiveForecast, LiveMetrics, LiveScalingEvent } from './events';

/** The latest live data of a cluster. */
export interface LiveCluster {
  readonly metrics: LiveMetrics | null;
  readonly metricsAt: number | null;
  readonly state: LiveClusterState | null;
  /** When the state arrived, by this browser's clock (milliseconds since the epoch). */
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
