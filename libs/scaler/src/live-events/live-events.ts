import type { LiveCandidateDecisionDto, LiveServiceLevelDto } from './live-decision.dto.js';
import type { LiveEventsDto } from './live-events.dto.js';

/** Emitted events are plain data; the classes only describe them. */
type Plain<Described> = { readonly [Field in keyof Described]: Described[Field] };

type LiveEvent<Event extends { readonly data: unknown }> = Plain<Omit<Event, 'data'>> & {
  readonly data: Plain<Event['data']>;
};

/** All topics and their events. An unknown topic does not compile. */
export type LiveEvents = { readonly [Topic in keyof LiveEventsDto]: LiveEvent<LiveEventsDto[Topic]> };
export type LiveTopic = keyof LiveEvents;

export type LiveMetrics = LiveEvents['metrics']['data'];
export type LiveClusterState = LiveEvents['cluster_state']['data'];
export type LiveDecision = LiveEvents['decision']['data'];
export type LiveServiceLevel = Plain<LiveServiceLevelDto>;
export type LiveCandidateDecision = Plain<LiveCandidateDecisionDto>;
export type LiveScalingEvent = LiveEvents['scaling_event']['data'];
export type LiveForecast = LiveEvents['forecast']['data'];
export type LiveAlert = LiveEvents['alert']['data'];
export type LiveBacktest = LiveEvents['backtest']['data'];
