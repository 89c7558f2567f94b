import type { OnApplicationShutdown } from '@nestjs/common';
import { type EndpointAnswer, type EndpointRequest, Endpoints } from '../endpoint/endpoints.js';
import { ProviderError } from '../ports/scale-target.js';
import type { TargetCluster } from '../ports/scale-target.js';

export interface SimulatorOptions {
  /** Where clusters live that name no `provider.url` of their own, for instance `http://127.0.0.1:9000`. */
  readonly url: string;
  /** Kept-alive connections per simulator. */
  readonly connections: number;
}

export interface SimulatorAnswer extends EndpointAnswer {
  readonly url: string;
}

/** Speaks HTTP to simulators, over connections that are kept. */
export class SimulatorHttp implements OnApplicationShutdown {
  private readonly endpoints: Endpoints;

  constructor(private readonly options: SimulatorOptions) {
    this.endpoints = new Endpoints(options.connections);
  }

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
    method: EndpointRequest['method'],
    path: string,
    body: object | null,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SimulatorAnswer> {
    const url = this.endpointOf(cluster);
    try {
      return { url, ...(await this.endpoints.request(url, { method, path, body, signal, headers })) };
    } catch (cause) {
      throw new ProviderError('unreachable', (cause as Error).message, { cause });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.endpoints.close();
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
