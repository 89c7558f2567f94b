import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';
import { DatabaseHealth, DatabaseJobs } from '#database';
import { LiveGateway } from '#live';

/** From a cached answer to the maximum duration of an answer. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Prometheus metrics of the process, HTTP, sockets and connections; the loop has its own. */
@Injectable()
export class ServiceMetrics implements OnModuleInit {
  private readonly duration = new Histogram({
    name: 'autoscaler_http_request_duration_seconds',
    help: 'Time to answer a request, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [],
  });

  constructor(
    private readonly database: DatabaseHealth,
    private readonly jobs: DatabaseJobs,
    private readonly live: LiveGateway,
  ) {}

  onModuleInit(): void {
    const { database, jobs, live } = this;
    collectDefaultMetrics({ register });
    register.registerMetric(this.duration);
    gauge('autoscaler_database_connections', 'Connections of the pool', ['state'], (metric) => {
      const { total, idle, waiting } = database.pool();
      metric.set({ state: 'used' }, total - idle);
      metric.set({ state: 'idle' }, idle);
      metric.set({ state: 'waited_for' }, waiting);
    });
    gauge(
      'autoscaler_database_jobs_failing',
      'Jobs of the database (retention, compression, summaries) whose last run failed',
      [],
      (metric) => metric.set(jobs.failing),
    );
    gauge('autoscaler_live_connections', 'Sockets', [], (metric) => metric.set(live.statistics().connections));
    counter('autoscaler_live_events_sent_total', 'Events sent to sockets', () => live.statistics().sent);
    counter(
      'autoscaler_live_events_dropped_total',
      'Events left out for sockets that were behind',
      () => live.statistics().dropped,
    );
    counter(
      'autoscaler_live_slow_clients_total',
      'Sockets disconnected because they could not keep up',
      () => live.statistics().slow,
    );
    counter(
      'autoscaler_live_events_relayed_total',
      'Events handed to other instances',
      () => live.statistics().relay.relayed,
    );
    counter(
      'autoscaler_live_events_received_total',
      'Events received from other instances',
      () => live.statistics().relay.received,
    );
    counter(
      'autoscaler_live_events_unrelayed_total',
      'Events left out for other instances because the connection was behind or broken',
      () => live.statistics().relay.dropped,
    );
  }

  /** Middleware that measures every request. */
  readonly timeRequest = (request: Request, response: Response, next: NextFunction): void => {
    const end = this.duration.startTimer();
    response.once('finish', () => {
      // The route template: paths contain ids, and each would be a time series.
      const { path } = (request.route ?? {}) as { path?: unknown };
      end({ method: request.method, route: typeof path === 'string' ? path : 'none', status: response.statusCode });
    });
    next();
  };
}

function gauge(name: string, help: string, labelNames: string[], read: (metric: Gauge) => void): void {
  const metric: Gauge = new Gauge({ name, help, labelNames, registers: [], collect: () => read(metric) });
  register.registerMetric(metric);
}

/** A counter whose value is kept elsewhere. */
function counter(name: string, help: string, read: () => number): void {
  let counted = 0;
  const metric: Counter = new Counter({
    name,
    help,
    registers: [],
    collect: () => {
      const now = read();
      metric.inc(now - counted);
      counted = now;
    },
  });
  register.registerMetric(metric);
}
