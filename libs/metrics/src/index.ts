export { MetricsModule } from './metrics.module.js';
export {
  ObservationAggregateRepository,
  type RecordedDemand,
} from './observations/observation-aggregate.repository.js';
export { ObservationRepository, type SeenDemand } from './observations/observation.repository.js';
export type { ObservationTimeline } from './observations/observation-timeline.js';
export { ObservationHistory } from './store/observation.history.js';
export { type ObservationRow, ObservationStore } from './store/observation.store.js';
export { type SampleRow, SampleStore } from './store/sample.store.js';
