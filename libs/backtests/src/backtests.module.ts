import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClustersModule } from '#clusters';
import { MetricsModule } from '#metrics';
import { ScalerModule } from '#scaler';
import { BacktestController } from './backtest.controller.js';
import { BacktestEntity } from './backtest.entity.js';
import { BacktestMetrics, backtestMetricProviders } from './backtest.metrics.js';
import { BacktestRepository } from './backtest.repository.js';
import { BacktestRunner } from './backtest.runner.js';
import { BacktestService } from './backtest.service.js';

/** Replays recorded or given demand under other policies. */
@Module({
  imports: [TypeOrmModule.forFeature([BacktestEntity]), ClustersModule, MetricsModule, ScalerModule],
  controllers: [BacktestController],
  providers: [BacktestRepository, BacktestRunner, BacktestService, BacktestMetrics, ...backtestMetricProviders],
  exports: [BacktestService],
})
export class BacktestsModule {}
