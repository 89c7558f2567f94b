export { SimulatedCluster } from './cluster/cluster.js';
export type {
  ClusterSnapshot,
  ClusterSpec,
  ClusterTuning,
  PatternSnapshot,
  PlayOptions,
  RequestTotals,
  ServerReading,
  SpikeRequest,
} from './cluster/spec.js';
export type { DurationDraw } from './cluster/duration.js';
export type { EndCause, FleetCounts, FleetTimes, ServerRecord } from './cluster/fleet.js';
export { PATTERN_KINDS } from './load/pattern.js';
export type { LoadPattern, PatternKind } from './load/pattern.js';
export { type Spike, spikeEndsAt } from './load/spike.js';
export {
  parseTrace,
  type Trace,
  TraceError,
  traceLengthMs,
  traceMean,
  traceOf,
  traceQuantile,
  traceValueAt,
} from './load/trace.js';
export { noiseOf, Random, type RandomState, seedOf } from './random.js';
export { type TimeSegment, VirtualTime } from './virtual-time.js';
export * from './backtest/index.js';
export { Past, type PastMinute, type PastSetting } from './past/past.js';
