export {
  backtest,
  type BacktestDependencies,
  type BacktestReport,
  type BacktestRequest,
  type BacktestRow,
  type NamedPolicy,
} from './backtest.js';
export { demandOf, ticksOf } from './demand.js';
export { EnginePolicy, unplayable } from './engine-policy.js';
export { cheapest, leastViolation, sweepHindsight, type Swept } from './hindsight.js';
export { BASELINE_NAMES, type BaselineName, namedBaseline } from './named-baselines.js';
export { Oracle } from './oracle.js';
export { type Score, Scorer } from './score.js';
export { leadTicks, noiseFor, playWorld, type TimelineRow, warmUpTicks, type WorldOptions } from './tick-world.js';
export { type ExplainedRow, type TimelinePoint } from './timeline.js';
