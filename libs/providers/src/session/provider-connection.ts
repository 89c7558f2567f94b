import { Logger } from '@nestjs/common';
import type { Clock } from '#config';
import type { AddressGuard } from '../http/address-guard.js';
import { PooledHttp } from '../http/pooled-http.js';
import type { BoundHalf } from '../registry/cluster-provider.js';
import {
  type ProviderCluster,
  type ProviderContext,
  type ProviderDefinition,
  ProviderError,
  type ProviderState,
  type Readings,
} from '../sdk/index.js';
import { OpenedSession, toProviderError } from './opened.session.js';
import type { Circuit } from './circuit-breaker.js';
import { MeasuredSession } from './measured.session.js';
import { type ResilienceOptions, ResilientSession } from './resilient.session.js';
import type { SessionMetrics } from './measured.session.js';

/** One connection of a provider, and everything that the service puts around its session. */
export class ProviderConnection {
  readonly definition: ProviderDefinition;
  private readonly logger = new Logger('Providers');
  private readonly http: PooledHttp;
  /** Clients created by the current session. */
  private clients: PooledHttp[] = [];
  private readonly resilient: ResilientSession;
  private readonly session: MeasuredSession;
  private usedAt: number;

  constructor(
    { definition, connection, address }: BoundHalf,
    options: ResilienceOptions,
    metrics: SessionMetrics,
    private readonly clock: Clock,
    guard: AddressGuard,
  ) {
    const { logger } = this;
    this.definition = definition;
    this.http = new PooledHttp(options.connections);
    this.usedAt = clock.now();
    const context: ProviderContext = {
      http: this.http,
      httpWith: (http) => {
        const client = new PooledHttp(options.connections, http);
        this.clients.push(client);
        return client;
      },
      lookup: guard.lookup,
      checkUrl: (url) => guard.checkUrl(url),
      clock,
      logger: {
        info: (message) => logger.log(`${definition.type}: ${message}`),
        warn: (message) => logger.warn(`${definition.type}: ${message}`),
        error: (message) => logger.error(`${definition.type}: ${message}`),
      },
      secret: async (name) => {
        throw new ProviderError('unauthorized', `the secret ${name} is not given`);
      },
    };
    const opened = new OpenedSession(async () => {
      if (isUrl(address)) guard.checkUrl(address);
      return definition.open(connection, context);
    });
    this.resilient = new ResilientSession(opened, options);
    this.session = new MeasuredSession(this.resilient, definition.type, metrics);
  }

  /** Whether it is being asked. */
  get circuit(): Circuit {
    return this.resilient.circuit;
  }

  /** Never rejects. */
  async read(clusters: readonly ProviderCluster[], signal: AbortSignal): Promise<Readings> {
    this.usedAt = this.clock.now();
    return this.session.read(clusters, { signal });
  }

  /** @throws ProviderError */
  async setDesired(cluster: ProviderCluster, count: number, signal: AbortSignal): Promise<ProviderState> {
    return this.session.setDesired(cluster, count, { signal });
  }

  /** Closes its session where it was not used since a time; should it be used again, it is opened again. */
  closeUnused(since: number): void {
    if (this.usedAt < since) void this.closeSession();
  }

  async close(): Promise<void> {
    await this.closeSession();
    await this.http.close();
  }

  private async closeSession(): Promise<void> {
    const { clients } = this;
    this.clients = [];
    try {
      await this.session.close();
      await Promise.all(clients.map(async (client) => client.close()));
    } catch (error) {
      this.logger.warn(`cannot close a session of ${this.definition.type}: ${toProviderError(error).message}`);
    }
  }
}

/** Whether an address is an http or https URL. */
export function isUrl(address: string): boolean {
  return /^https?:/i.test(address);
}
