import { Gauge, Histogram } from 'prom-client';
import type { Caller, Principal } from '#auth';
import type { Cluster } from '#clusters';
import { type AppConfig, configOf } from '#config';
import { NotFoundError } from '#http';
import { aggregatesIn } from '../../metrics/test/in-database.js';
import { auditIn, usersIn } from '../../auth/test/in-database.js';
import type { BacktestDetailDto } from '../src/backtest.dto.js';
import { BacktestEntity } from '../src/backtest.entity.js';
import { BacktestMetrics } from '../src/backtest.metrics.js';
import { BacktestRepository } from '../src/backtest.repository.js';
import { BacktestRunner } from '../src/backtest.runner.js';
import { BacktestService } from '../src/backtest.service.js';
import { LiveBus, type LiveBacktest } from '#scaler';
import { statesIn } from '../../scaler/test/in-database.js';
import { OWNER, type Surroundings } from '../../scaler/test/loop-harness.js';

export const ALICE: Caller = { id: OWNER, username: 'alice', role: 'operator', scope: 'own', ip: '192.0.2.7' };
export const MALLORY: Caller = { ...ALICE, id: '00000000-0000-4000-8000-00000000000f', username: 'mallory' };

/** The backtest part of one process, on a database that outlives it. Threads are real. */
export class BacktestProcess {
  readonly runner: BacktestRunner;
  readonly service: BacktestService;
  readonly told: LiveBacktest[] = [];
  readonly durations = new Histogram({ name: 'duration', help: '-', labelNames: ['status'], registers: [] });

  constructor(around: Surroundings, cluster: Cluster, settings: Readonly<Record<string, string | number>> = {}) {
    const { dataSource, clock } = around;
    const config: AppConfig = configOf(settings);
    const bus = new LiveBus();
    bus.on('backtest', ({ data }) => this.told.push(data));
    const backtests = new BacktestRepository(dataSource.getRepository(BacktestEntity));
    const observations = aggregatesIn(dataSource);
    const gauge = (name: string): Gauge => new Gauge({ name, help: '-', registers: [] });
    const metrics = new BacktestMetrics(gauge('queued'), gauge('running'), this.durations);
    this.runner = new BacktestRunner(backtests, observations, bus, metrics, clock, config);
    const assertVisible = async ({ id }: Principal): Promise<void> => {
      if (id !== cluster.ownerId) throw new NotFoundError('cluster_not_found', 'cluster not found');
    };
    const clusters = {
      get: async (principal: Principal) => {
        await assertVisible(principal);
        return cluster;
      },
    };
    this.service = new BacktestService(
      clusters,
      { assertVisible },
      statesIn(dataSource),
      backtests,
      observations,
      this.runner,
      usersIn(dataSource),
      auditIn(dataSource, clock),
      clock,
      dataSource,
      config,
    );
  }

  /** As `autoscaler serve` starts it. */
  start(): this {
    this.runner.onApplicationBootstrap();
    return this;
  }

  async stop(): Promise<void> {
    await this.runner.beforeApplicationShutdown();
  }

  /** Waits until a job has ended, in any status. */
  async ended(clusterId: string, id: string): Promise<BacktestDetailDto> {
    return until(async () => {
      const job = await this.service.get(ALICE, clusterId, id);
      return job.status === 'queued' || job.status === 'running' ? null : job;
    });
  }
}

/** Waits for a condition, without a timeout. */
export async function until<T>(condition: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A daily wave by the minute, as CSV. */
export function traceOfMinutes(minutes: number): string {
  const from = Date.UTC(2026, 0, 5);
  const lines = Array.from({ length: minutes }, (_, minute) => {
    const value = 100 + 60 * Math.sin((2 * Math.PI * minute) / 1440) + ((minute * 7919) % 17);
    return `${new Date(from + minute * 60_000).toISOString()},${value.toFixed(2)}`;
  });
  return `timestamp,value\n${lines.join('\n')}\n`;
}
