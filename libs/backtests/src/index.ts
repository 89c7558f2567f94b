export { BacktestService } from './backtest.service.js';
export { BacktestsModule } from './backtests.module.js';
export { toBacktestResult } from './backtest-result.dto.js';
