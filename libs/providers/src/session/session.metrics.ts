import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import type { ProviderErrorCode } from '../sdk/index.js';

const FAILURES = 'autoscaler_collection_failures_total';
const REQUESTS = 'autoscaler_provider_request_seconds';
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export type Operation = 'read' | 'ensure' | 'set_desired';
export type Outcome = 'ok' | ProviderErrorCode;

/** What Prometheus hears of the sessions of providers. */
@Injectable()
export class SessionMetrics {
  constructor(
    @InjectMetric(FAILURES) private readonly failures: Counter,
    @InjectMetric(REQUESTS) private readonly requests: Histogram,
  ) {}

  /** A call of a session, however many clusters it was for. */
  called(type: string, operation: Operation, outcome: Outcome, seconds: number): void {
    this.requests.observe({ type, operation, outcome }, seconds);
  }

  /** The metrics of a cluster could not be collected. */
  collectionFailed(reason: ProviderErrorCode): void {
    this.failures.inc({ reason });
  }
}

export const sessionMetricProviders = [
  SessionMetrics,
  makeCounterProvider({
    name: FAILURES,
    help: 'Collections that brought no samples, by reason',
    labelNames: ['reason'],
  }),
  makeHistogramProvider({
    name: REQUESTS,
    help: 'Seconds that calls of the sessions of providers took, retries included; a read is for one cluster or for many',
    labelNames: ['type', 'operation', 'outcome'],
    buckets: BUCKETS,
  }),
];
