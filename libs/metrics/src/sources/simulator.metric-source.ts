import type { OnApplicationShutdown } from '@nestjs/common';
import type { Sample } from '#engine';
import { type EndpointAnswer, Endpoints } from '#http';
import { MetricSource, type SourceCluster, SourceError } from './metric-source.js';

export interface SimulatorSourceOptions {
  /** Where clusters live that name no `provider.url` of their own. */
  readonly url: string;
  /** Kept-alive connections per simulator. */
  readonly connections: number;
}

interface Reading {
  readonly server_id: string;
  readonly cpu_usage: unknown;
  readonly memory_usage: unknown;
  readonly request_load: unknown;
}

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

  async collect(cluster: SourceCluster, signal: AbortSignal): Promise<readonly Sample[]> {
    const url = this.endpointOf(cluster);
    const path = `/metrics/${encodeURIComponent(cluster.provider.ref ?? cluster.id)}`;
    let answer: EndpointAnswer;
    try {
      answer = await this.endpoints.request(url, { method: 'GET', path, signal });
    } catch (cause) {
      throw new SourceError('unreachable', `simulator at ${url}: ${(cause as Error).message}`, { cause });
    }
    const { status, text } = answer;
    if (status === 404) throw new SourceError('unknown_cluster', `simulator at ${url} does not know the cluster`);
    if (status !== 200) throw new SourceError('unreachable', `simulator at ${url} answered ${status}`);
    return parse(url, text);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.endpoints.close();
  }
}

function parse(url: string, text: string): Sample[] {
  let body: { timestamp?: unknown; servers?: unknown };
  try {
    body = (JSON.parse(text) ?? {}) as typeof body;
  } catch (cause) {
    throw new SourceError('invalid', `simulator at ${url}: the answer is not JSON`, { cause });
  }
  if (typeof body.timestamp !== 'string' || !Array.isArray(body.servers)) {
    throw new SourceError('invalid', `simulator at ${url}: the answer has no timestamp or no servers`);
  }
  const at = Date.parse(body.timestamp);
  return (body.servers as (Reading | null)[]).flatMap((reading) =>
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
}

/** What is no number becomes one that `observe` refuses and counts, rather than a sample that vanishes. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
