import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  handleWhen,
  type RetryPolicy,
  retry,
} from 'cockatiel';
import { type Circuit, toCircuit } from './circuit.js';
import type { CollectorMetrics } from './collector.metrics.js';
import { type Collection, type MetricSource, type SourceCluster, SourceError } from '../sources/metric-source.js';

export interface CollectorOptions {
  /** For one collection, retries included. */
  readonly timeoutMs: number;
  readonly retries: number;
  /** Consecutive failures of an endpoint after which it is left alone ... */
  readonly breakAfter: number;
  /** ... for so long. */
  readonly breakMs: number;
}

/** What a collection brought back; it never throws. */
export interface CollectResult extends Collection {
  /** Why there are no samples; `null` when the source answered. */
  readonly error: string | null;
}

const NOTHING: Collection = { samples: [], totals: null, maxCpuPercent: null };

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 500;

/**
 * Reads the metrics of clusters, patiently with a stumble and not at all from an endpoint that is down. The breaker belongs to the
 * endpoint, because that is what fails for all its clusters; an answer that is wrong for one cluster (`unknown_cluster`, `invalid`) is an
 * answer, and opens no breaker.
 */
export class MetricsCollector {
  private readonly breakers = new Map<string, CircuitBreakerPolicy>();
  private readonly retry: RetryPolicy;

  constructor(
    private readonly source: MetricSource,
    private readonly options: CollectorOptions,
    private readonly metrics: CollectorMetrics,
  ) {
    this.retry = retry(handleWhen(isUnreachable), {
      maxAttempts: options.retries,
      backoff: new ExponentialBackoff({
        initialDelay: FIRST_RETRY_MS,
        maxDelay: LONGEST_RETRY_MS,
        generator: decorrelatedJitterGenerator,
      }),
    });
  }

  async collect(cluster: SourceCluster): Promise<CollectResult> {
    const { signal, end } = limited(this.options.timeoutMs);
    const breaker = this.breakerOf(this.source.endpointOf(cluster));
    try {
      const collection = await this.retry.execute(
        async () => breaker.execute(async () => this.source.collect(cluster, signal)),
        signal,
      );
      return { ...collection, error: null };
    } catch (error) {
      const reason = reasonOf(error);
      this.metrics.failed(reason);
      return { ...NOTHING, error: messageOf(error, reason) };
    } finally {
      end();
    }
  }

  /** What fails together with this cluster's metrics. */
  endpointOf(cluster: SourceCluster): string {
    return this.source.endpointOf(cluster);
  }

  /** Whether the endpoint of a cluster is being asked. */
  circuitOf(cluster: SourceCluster): Circuit {
    const breaker = this.breakers.get(this.source.endpointOf(cluster));
    return breaker === undefined ? 'closed' : toCircuit(breaker.state);
  }

  /** Endpoints that are left alone for now. */
  openBreakers(): string[] {
    return [...this.breakers]
      .filter(([, breaker]) => breaker.state === CircuitState.Open)
      .map(([endpoint]) => endpoint);
  }

  private breakerOf(endpoint: string): CircuitBreakerPolicy {
    let breaker = this.breakers.get(endpoint);
    if (breaker === undefined) {
      breaker = circuitBreaker(handleWhen(isUnreachable), {
        halfOpenAfter: this.options.breakMs,
        breaker: new ConsecutiveBreaker(this.options.breakAfter),
      });
      breaker.onStateChange(() => this.metrics.breakersOpen(this.openBreakers().length));
      this.breakers.set(endpoint, breaker);
    }
    return breaker;
  }
}

/** Unlike `AbortSignal.timeout` it ends with its work, so that thousands of answered requests leave no timers behind. */
function limited(ms: number): { readonly signal: AbortSignal; readonly end: () => void } {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ms);
  return { signal: limit.signal, end: () => clearTimeout(timer) };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof SourceError && error.kind === 'unreachable';
}

function reasonOf(error: unknown): string {
  if (error instanceof SourceError) return error.kind;
  return error instanceof BrokenCircuitError ? 'circuit_open' : 'timeout';
}

function messageOf(error: unknown, reason: string): string {
  if (reason === 'circuit_open') return 'the endpoint failed too often and is left alone for a while';
  return error instanceof Error ? error.message : String(error);
}
