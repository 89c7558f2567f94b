export { MetricsModule } from './metrics.module.js';
export { DemandHistory, type RecordedDemand } from './store/demand.history.js';
export { ObservationHistory } from './store/observation.history.js';
export { type ObservationRow, ObservationStore } from './store/observation.store.js';
export { type SampleRow, SampleStore } from './store/sample.store.js';
