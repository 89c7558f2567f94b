import type { OnApplicationShutdown } from '@nestjs/common';
import { jsonOf } from '../http/json.js';
import { PooledHttp } from '../http/pooled-http.js';
import { type ProvidedCluster, writtenHalf } from '../registry/cluster-provider.js';
import type { ProviderRegistry } from '../registry/provider.registry.js';
import type { HttpRequest } from '../sdk/index.js';
import { simulatedName } from './simulator.session.js';

/** Where a simulated cluster is. */
export interface Simulated {
  readonly url: string;
  /** What the simulator calls it. */
  readonly name: string;
}

export interface SimulatorAnswer {
  readonly status: number;
  /** `null` where it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** How people change the world around their simulated clusters: its routes beside those of a provider. */
export class SimulatorControl implements OnApplicationShutdown {
  private readonly http: PooledHttp;

  constructor(
    private readonly registry: ProviderRegistry,
    connections: number,
  ) {
    this.http = new PooledHttp(connections);
  }

  /** @returns `null` where the servers of the cluster are not simulated */
  find({ id, provider }: ProvidedCluster): Simulated | null {
    if (writtenHalf(provider, 'target').type !== 'simulator') return null;
    const { spec, address } = this.registry.bind(provider).target;
    return { url: address, name: simulatedName(spec, id) };
  }

  /** @throws ProviderError `unreachable` where there is no answer */
  async send({ url }: Simulated, path: string, request: HttpRequest): Promise<SimulatorAnswer> {
    const { status, text } = await this.http.request(`${url}${path}`, request);
    return { status, body: jsonOf(text) };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.http.close();
  }
}
