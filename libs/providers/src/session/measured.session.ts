import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import {
  type Call,
  type ChangeCall,
  type ProviderCluster,
  ProviderError,
  type ProviderErrorCode,
  type ProviderState,
  type Reading,
  type Readings,
} from '../sdk/index.js';
import { toProviderError } from './opened.session.js';
import type { WholeSession } from './whole-session.js';

const FAILURES = 'autoscaler_collection_failures_total';
const REQUESTS = 'autoscaler_provider_request_seconds';
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

type Operation = 'read' | 'set_desired';
type Outcome = 'ok' | ProviderErrorCode;

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

/** Tells Prometheus how long a session takes and how often it fails. */
export class MeasuredSession implements WholeSession {
  constructor(
    private readonly inner: WholeSession,
    private readonly type: string,
    private readonly metrics: SessionMetrics,
  ) {}

  async read(clusters: readonly ProviderCluster[], call: Call): Promise<Readings> {
    const readings = await this.timed('read', async () => this.inner.read(clusters, call), outcomeOf);
    for (const { id, metrics } of clusters) {
      if (metrics === null) continue;
      const failure = failureOf(readings.get(id));
      if (failure !== null) this.metrics.collectionFailed(failure.code);
    }
    return readings;
  }

  async setDesired(cluster: ProviderCluster, count: number, call: ChangeCall): Promise<ProviderState> {
    return this.timed('set_desired', async () => this.inner.setDesired(cluster, count, call));
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  private async timed<T>(
    operation: Operation,
    work: () => Promise<T>,
    outcome: (result: T) => Outcome = () => 'ok',
  ): Promise<T> {
    const start = performance.now();
    const called = (result: Outcome): void =>
      this.metrics.called(this.type, operation, result, (performance.now() - start) / 1000);
    try {
      const result = await work();
      called(outcome(result));
      return result;
    } catch (error) {
      called(toProviderError(error).code);
      throw error;
    }
  }
}

/** A read for many counts as failed where it failed for all of them. */
function outcomeOf(readings: Readings): Outcome {
  let first: Outcome = 'ok';
  for (const reading of readings.values()) {
    if (!(reading instanceof ProviderError)) return 'ok';
    if (first === 'ok') first = reading.code;
  }
  return first;
}

/** Why there are no samples of a cluster; `null` where there are. */
function failureOf(reading: Reading | ProviderError | undefined): ProviderError | null {
  if (reading instanceof ProviderError) return reading;
  return reading?.samples instanceof ProviderError ? reading.samples : null;
}
