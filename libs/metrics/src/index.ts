export { MetricsModule } from './metrics.module.js';
export {
  ObservationAggregateRepository,
  type RecordedDemand,
} from './observations/observation-aggregate.repository.js';
export {
  type MeasuredRange,
  ObservationRepository,
  type ObservationRow,
  type SeenDemand,
} from './observations/observation.repository.js';
export type { ObservationTimeline } from './observations/observation-timeline.js';
export { SampleDto } from './query/metrics.dto.js';
export { type SampleRow, SampleRepository } from './samples/sample.repository.js';
