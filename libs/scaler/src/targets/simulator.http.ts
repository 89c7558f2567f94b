import type { OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';
import { ProviderError } from './scale-target.js';
import type { TargetCluster } from './scale-target.js';

export interface SimulatorOptions {
  /** Where clusters live that name no `provider.url` of their own, for instance `http://127.0.0.1:9000`. */
  readonly url: string;
  /** Kept-alive connections per simulator. */
  readonly connections: number;
}

export interface SimulatorAnswer {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** Speaks HTTP to simulators, over connections that are kept. */
export class SimulatorHttp implements OnApplicationShutdown {
  private readonly pools = new Map<string, Pool>();

  constructor(private readonly options: SimulatorOptions) {}

  endpointOf({ provider }: Pick<TargetCluster, 'provider'>): string {
    return provider.url ?? this.options.url;
  }

  /** What the simulator calls the cluster. */
  nameOf({ id, provider }: TargetCluster): string {
    return provider.ref ?? id;
  }

  /** Any answer is an answer, whatever its status. @throws ProviderError `unreachable` where there is none */
  async send(
    cluster: TargetCluster,
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    body: object | null,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SimulatorAnswer> {
    const url = this.endpointOf(cluster);
    try {
      const { statusCode, body: content } = await this.poolOf(url).request({
        path,
        method,
        body: body === null ? null : JSON.stringify(body),
        signal,
        headers: { ...headers, ...(body === null ? {} : { 'content-type': 'application/json' }) },
      });
      return { url, status: statusCode, text: await content.text() };
    } catch (cause) {
      const why = signal.aborted ? 'no answer in time' : cause instanceof Error ? cause.message : String(cause);
      throw new ProviderError('unreachable', `simulator at ${url}: ${why}`, { cause });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.pools.values()].map(async (pool) => pool.close()));
  }

  private poolOf(url: string): Pool {
    let pool = this.pools.get(url);
    if (pool === undefined) {
      pool = new Pool(url, { connections: this.options.connections, pipelining: 1 });
      this.pools.set(url, pool);
    }
    return pool;
  }
}

/** The JSON of an answer; `null` when it is none. */
export function jsonOf({ text }: SimulatorAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
