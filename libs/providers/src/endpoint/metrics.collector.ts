import { decorrelatedJitterGenerator, ExponentialBackoff, handleWhen, type RetryPolicy, retry } from 'cockatiel';
import type { Circuit } from './circuit.js';
import type { CollectorMetrics } from './collector.metrics.js';
import { CircuitOpenError, EndpointCircuits } from './endpoint-circuits.js';
import { type Collection, type MetricSource, type SourceCluster, SourceError } from '../ports/metric-source.js';

export interface CollectorOptions {
  /** For one collection, retries included. */
  readonly timeoutMs: number;
  readonly retries: number;
  /** Failed collections since the last answer of an endpoint after which it is left alone ... */
  readonly breakAfter: number;
  /** ... for so long. */
  readonly breakMs: number;
  /** Requests under way at once to an endpoint. */
  readonly connections: number;
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
 * Reads the metrics of clusters, patiently with a stumble and not at all from an endpoint that is down for all its clusters; see
 * `EndpointCircuits`. An answer that is wrong for one cluster (`unknown_cluster`, `invalid`) is an answer.
 */
export class MetricsCollector {
  private readonly circuits: EndpointCircuits;
  private readonly retry: RetryPolicy;

  constructor(
    private readonly source: MetricSource,
    private readonly options: CollectorOptions,
    private readonly metrics: CollectorMetrics,
  ) {
    this.circuits = new EndpointCircuits(options, undefined, () => metrics.breakersOpen(this.openBreakers().length));
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
    const patiently = async (): Promise<Collection> =>
      this.retry.execute(async () => this.source.collect(cluster, signal), signal);
    try {
      const collection = await this.circuits.run(this.source.endpointOf(cluster), cluster.id, patiently, isNoAnswer);
      return { ...collection, error: null };
    } catch (error) {
      const reason = reasonOf(error);
      this.metrics.failed(reason);
      return { ...NOTHING, error: messageOf(error) };
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
    return this.circuits.stateOf(this.source.endpointOf(cluster));
  }

  /** Endpoints that are left alone for now. */
  openBreakers(): string[] {
    return this.circuits.open();
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

/** What is no error of the source is the end of the time. */
function isNoAnswer(error: unknown): boolean {
  return !(error instanceof SourceError) || error.kind === 'unreachable';
}

function reasonOf(error: unknown): string {
  if (error instanceof SourceError) return error.kind;
  return error instanceof CircuitOpenError ? 'circuit_open' : 'timeout';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
