import type { Schema } from '../api/client';

/** Live events from the API document, by topic. */
type LiveEvents = Schema['LiveEventsDto'];

export type Topic = keyof LiveEvents;
export type EventOf<T extends Topic> = LiveEvents[T];

export type LiveMetrics = Schema['LiveMetricsDto'];
export type LiveClusterState = Schema['LiveClusterStateDto'];
export type LiveDecision = Schema['LiveDecisionDto'];
export type LiveScalingEvent = Schema['LiveScalingEventDto'];
export type LiveForecast = Schema['LiveForecastDto'];

const LISTENED: Record<Topic, true> = {
  metrics: true,
  cluster_state: true,
  decision: true,
  scaling_event: true,
  forecast: true,
  alert: true,
  backtest: true,
};

/** All topics. */
export const TOPICS = Object.keys(LISTENED) as readonly Topic[];
