export { BacktestsModule } from './backtests.module.js';
export { toBacktestResult } from './backtest-result.dto.js';
