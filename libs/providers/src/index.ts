export { type Circuit } from './endpoint/circuit.js';
export { CircuitOpenError, EndpointCircuits } from './endpoint/endpoint-circuits.js';
export { type CollectResult, MetricsCollector } from './endpoint/metrics.collector.js';
export { type ResilienceOptions, ResilientScaleTarget } from './endpoint/resilient.scale-target.js';
export { whereItLeads } from './endpoint/where-it-leads.js';
export { type Collection, MetricSource, type SourceCluster, SourceError } from './ports/metric-source.js';
export type { ClusterProvider, SimulatedCluster } from './ports/cluster-provider.js';
export {
  countServers,
  type ProvidedServer,
  ProviderError,
  type ProviderErrorKind,
  type ProviderState,
  ScaleTarget,
  type TargetCluster,
} from './ports/scale-target.js';
export { ProvidersModule } from './providers.module.js';
export { jsonOf, type SimulatorAnswer, SimulatorHttp } from './simulator/simulator.http.js';
