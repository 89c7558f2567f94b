import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';

const FAILURES = 'autoscaler_collection_failures_total';
const BREAKERS = 'autoscaler_collection_breakers_open';

/** What Prometheus hears of the collection. */
@Injectable()
export class CollectorMetrics {
  constructor(
    @InjectMetric(FAILURES) private readonly failures: Counter,
    @InjectMetric(BREAKERS) private readonly breakers: Gauge,
  ) {}

  failed(reason: string): void {
    this.failures.inc({ reason });
  }

  breakersOpen(count: number): void {
    this.breakers.set(count);
  }
}

export const collectorMetricProviders = [
  CollectorMetrics,
  makeCounterProvider({
    name: FAILURES,
    help: 'Collections that brought no samples, by reason',
    labelNames: ['reason'],
  }),
  makeGaugeProvider({ name: BREAKERS, help: 'Endpoints of metric sources that are left alone for now' }),
];
