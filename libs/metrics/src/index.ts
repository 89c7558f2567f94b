export { type Circuit } from './collect/circuit.js';
export { CircuitOpenError, EndpointCircuits } from './collect/endpoint-circuits.js';
export { type CollectResult, MetricsCollector } from './collect/metrics.collector.js';
export type { Collection } from './sources/metric-source.js';
export { MetricsModule } from './metrics.module.js';
export { DemandHistory, type RecordedDemand } from './store/demand.history.js';
export { ObservationHistory } from './store/observation.history.js';
export { type ObservationRow, ObservationStore } from './store/observation.store.js';
export { type SampleRow, SampleStore } from './store/sample.store.js';
