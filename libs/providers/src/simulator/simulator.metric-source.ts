import type { OnApplicationShutdown } from '@nestjs/common';
import type { Sample, Totals } from '#engine';
import { type EndpointAnswer, Endpoints } from '../endpoint/endpoints.js';
import { type Collection, MetricSource, type SourceCluster, SourceError } from '../ports/metric-source.js';

export interface SimulatorSourceOptions {
  /** Where clusters live that name no `provider.url` of their own. */
  readonly url: string;
  /** Kept-alive connections per simulator. */
  readonly connections: number;
}

interface Reading {
  readonly server_id: string;
  readonly cpu_usage?: unknown;
  readonly memory_usage?: unknown;
  readonly request_load?: unknown;
}

/** A server can have at least its own CPU. */
const LEAST_BOUND = 100;

/** The simulated cloud over HTTP: `GET /metrics/:id`. */
export class SimulatorMetricSource extends MetricSource implements OnApplicationShutdown {
  private readonly endpoints: Endpoints;

  constructor(private readonly options: SimulatorSourceOptions) {
    super();
    this.endpoints = new Endpoints(options.connections);
  }

  endpointOf({ provider }: SourceCluster): string {
    return provider.url ?? this.options.url;
  }

  async collect(cluster: SourceCluster, signal: AbortSignal): Promise<Collection> {
    const url = this.endpointOf(cluster);
    const path = `/metrics/${encodeURIComponent(cluster.provider.ref ?? cluster.id)}`;
    let answer: EndpointAnswer;
    try {
      answer = await this.endpoints.request(url, { method: 'GET', path, signal });
    } catch (cause) {
      throw new SourceError('unreachable', (cause as Error).message, { cause });
    }
    const { status, text } = answer;
    if (status === 404) throw new SourceError('unknown_cluster', 'the source does not know the cluster');
    if (status !== 200) throw new SourceError('unreachable', `HTTP ${status}`);
    return parse(text);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.endpoints.close();
  }
}

function parse(text: string): Collection {
  let body: { timestamp?: unknown; servers?: unknown; totals?: unknown; max_cpu_usage?: unknown };
  try {
    body = (JSON.parse(text) ?? {}) as typeof body;
  } catch (cause) {
    throw new SourceError('invalid', 'the answer is not JSON', { cause });
  }
  if (typeof body.timestamp !== 'string' || !Array.isArray(body.servers)) {
    throw new SourceError('invalid', 'the answer has no timestamp or no servers');
  }
  const at = Date.parse(body.timestamp);
  const samples = (body.servers as (Reading | null)[]).flatMap((reading): Sample[] =>
    typeof reading?.server_id === 'string'
      ? [
          {
            serverId: reading.server_id,
            at,
            cpu: numberOf(reading.cpu_usage),
            memory: numberOf(reading.memory_usage),
            requestRate: numberOf(reading.request_load),
          },
        ]
      : [],
  );
  return { samples, totals: totalsOf(body.totals, at), maxCpuPercent: boundOf(body.max_cpu_usage) };
}

/** What is missing is not known; what is no number becomes one that `observe` refuses and counts, rather than a value that vanishes. */
function numberOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' ? value : Number.NaN;
}

/** Totals are an addition: a source without them, or with others, is as good as before. */
function totalsOf(value: unknown, at: number): Totals | null {
  const { request_rate: requestRate } = (value ?? {}) as { request_rate?: unknown };
  return typeof requestRate === 'number' ? { at, requestRate } : null;
}

function boundOf(value: unknown): number | null {
  return typeof value === 'number' && value >= LEAST_BOUND ? value : null;
}
