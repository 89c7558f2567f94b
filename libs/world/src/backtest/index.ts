export {
  backtest,
  type BacktestDependencies,
  type BacktestReport,
  type BacktestRequest,
  type BacktestRow,
  type BacktestSettings,
  type NamedPolicy,
  promiseOf,
} from './backtest.js';
export { demandOf, tickCount, ticksOf } from './demand.js';
export { EnginePolicy, unplayable } from './engine-policy.js';
export { cheapest, leastViolation, sweepHindsight, type Swept } from './hindsight.js';
export {
  BASELINE_NAMES,
  type BaselineName,
  COMPARABLE_NAMES,
  type ComparableName,
  namedBaseline,
} from './named-baselines.js';
export { Oracle } from './oracle.js';
export {
  demandOfHistory,
  demandOfTrace,
  type PlayedDemand,
  type RecordedMinutes,
  type Ticks,
  type TraceScale,
} from './played-demand.js';
export { type Score, Scorer } from './score.js';
export {
  leadTicks,
  noiseFor,
  playWorld,
  TickWorld,
  type TimelineRow,
  warmUpTicks,
  type WorldOptions,
} from './tick-world.js';
export { type ExplainedRow, type TimelinePoint } from './timeline.js';
export { UNKIND_LOAD_NAMES, unkindLoad } from './unkind-loads.js';
