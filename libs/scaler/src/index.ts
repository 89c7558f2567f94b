export type { AlertCode } from './live-events/live-alert.dto.js';
export { LiveBus } from './live-events/live-bus.js';
export { LiveEventsDto } from './live-events/live-events.dto.js';
export type { LiveAlert, LiveBacktest, LiveEvents, LiveTopic } from './live-events/live-events.js';
export { TheirsDto } from './decisions/decision.dto.js';
export { DecisionRepository } from './decisions/decision.repository.js';
export { ForecastRepository, type ForecastTimeline, type MadeForecast } from './forecasts/forecast.repository.js';
export { ClusterRegistry } from './loop/cluster-registry.js';
export { ClusterStateRepository } from './loop/cluster-state.repository.js';
export { LoopHealth, type LoopStatus } from './loop/loop-health.js';
export { ModelAdoption } from './past/model-adoption.js';
export { type PastTick, PastWriter } from './past/past.writer.js';
export { phaseOf } from './loop/schedule.js';
export {
  ErrorBudgetDto,
  ForecastScoresDto,
  PromiseDto,
  ServiceLevelStateDto,
} from './service-level/service-level.dto.js';
export { serviceLevelState, toPromiseDto } from './service-level/service-level.mapping.js';
export { type HeldAlert, stateOf } from './state/cluster-state.js';
export { ClusterStateDto } from './state/cluster-state.dto.js';
export { ServerCountsDto } from './state/server-counts.dto.js';
export { RecordsModule } from './records.module.js';
export { ScalerModule } from './scaler.module.js';
export { ScalingEventRepository } from './scaling-events/scaling-event.repository.js';
export type { ScalingEvent, ScalingOutcome } from './scaling-events/scaling-event.js';
