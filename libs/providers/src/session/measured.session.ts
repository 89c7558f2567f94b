import {
  type Call,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
} from '../sdk/index.js';
import { toProviderError } from './checked.session.js';
import type { Operation, Outcome, SessionMetrics } from './session.metrics.js';
import type { WholeSession } from './whole-session.js';

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

  async ensure(cluster: ProviderCluster, call: Call): Promise<void> {
    await this.timed('ensure', async () => this.inner.ensure(cluster, call));
  }

  async setDesired(cluster: ProviderCluster, count: number, call: Call): Promise<ProviderState> {
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
