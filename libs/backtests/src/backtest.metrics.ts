import { Injectable } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Gauge, Histogram } from 'prom-client';
import type { BacktestStatus } from './backtest-status.js';

const QUEUED = 'autoscaler_backtests_queued';
const RUNNING = 'autoscaler_backtests_running';
const DURATION = 'autoscaler_backtest_duration_seconds';

/** Prometheus metrics of backtests. */
@Injectable()
export class BacktestMetrics {
  constructor(
    @InjectMetric(QUEUED) private readonly waiting: Gauge,
    @InjectMetric(RUNNING) private readonly underWay: Gauge,
    @InjectMetric(DURATION) private readonly durations: Histogram,
  ) {}

  /** Over all processes on this database. */
  queued(count: number): void {
    this.waiting.set(count);
  }

  /** In this process. */
  running(count: number): void {
    this.underWay.set(count);
  }

  ended(status: BacktestStatus, seconds: number): void {
    this.durations.observe({ status }, seconds);
  }
}

export const backtestMetricProviders: Provider[] = [
  makeGaugeProvider({ name: QUEUED, help: 'Backtests that wait to be played, by any process' }),
  makeGaugeProvider({ name: RUNNING, help: 'Backtests that this process plays' }),
  makeHistogramProvider({
    name: DURATION,
    help: 'Time from the begin of a backtest in this process to its end, by how it ended',
    labelNames: ['status'],
    buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
  }),
];
