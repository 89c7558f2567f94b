import { Logger } from '@nestjs/common';
import type { Clock } from '#config';
import type { AddressGuard } from '../http/address-guard.js';
import { PooledHttp } from '../http/pooled-http.js';
import type { BoundConnection } from '../registry/cluster-provider.js';
import {
  type Call,
  type ChangeCall,
  type ConnectionReport,
  type HandOver,
  type ProviderCluster,
  type ProviderContext,
  type ProviderDefinition,
  type ProviderState,
  type Readings,
  type WorkloadList,
  type WorkloadQuery,
} from '../sdk/index.js';
import { type SecretSource, SessionSecrets } from './session-secrets.js';
import { OpenedSession, toProviderError } from './opened.session.js';
import type { Circuit } from './circuit-breaker.js';
import { MeasuredSession } from './measured.session.js';
import { type ResilienceOptions, ResilientSession } from './resilient.session.js';
import type { SessionMetrics } from './measured.session.js';
import { within } from './within.js';

/** How long a test of a connection may take. */
const CHECK_MS = 10_000;
/** How long listing thousands of workloads may take; below `api.write_timeout`. */
const LIST_MS = 20_000;
const HAND_OVER_MS = 20_000;
const RENEWAL_MS = 5000;

/** One connection of a provider, and everything that the service puts around its session. */
export class ProviderConnection {
  readonly definition: ProviderDefinition;
  private readonly logger = new Logger('Providers');
  private readonly http: PooledHttp;
  /** Clients created by the current session. */
  private clients: PooledHttp[] = [];
  private readonly opened: OpenedSession;
  private readonly resilient: ResilientSession;
  private readonly session: MeasuredSession;
  private readonly secrets: SessionSecrets;
  private usedAt: number;
  private calls = 0;
  private isRetired = false;

  constructor(
    readonly bound: BoundConnection,
    options: ResilienceOptions,
    metrics: SessionMetrics,
    private readonly clock: Clock,
    guard: AddressGuard,
    source: SecretSource,
  ) {
    const { logger } = this;
    const { definition, connection, address } = bound;
    this.definition = definition;
    this.secrets = new SessionSecrets(bound.stored, source);
    const secrets = this.secrets;
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
        info: (message) => logger.log(`${definition.type}: ${secrets.masked(message)}`),
        warn: (message) => logger.warn(`${definition.type}: ${secrets.masked(message)}`),
        error: (message) => logger.error(`${definition.type}: ${secrets.masked(message)}`),
      },
      secrets: secrets.names,
      secret: async (name) => secrets.get(name),
    };
    this.opened = new OpenedSession(async () => {
      if (isUrl(address)) guard.checkUrl(address);
      return definition.open(connection, context);
    }, secrets);
    this.resilient = new ResilientSession(this.opened, options);
    this.session = new MeasuredSession(this.resilient, definition.type, metrics);
  }

  /** Whether it is being asked. */
  get circuit(): Circuit {
    return this.resilient.circuit;
  }

  /** Never rejects. */
  async read(clusters: readonly ProviderCluster[], signal: AbortSignal): Promise<Readings> {
    return this.use(async () => this.session.read(clusters, { signal }));
  }

  /** @throws ProviderError */
  async setDesired(cluster: ProviderCluster, count: number, call: ChangeCall): Promise<ProviderState> {
    return this.use(async () => this.session.setDesired(cluster, count, call));
  }

  /**
   * Tests it at once, whether or not its circuit breaker is open, and without a further attempt; see `OpenedSession.check`.
   *
   * @throws ProviderError
   */
  async check(signal: AbortSignal): Promise<ConnectionReport | null> {
    return this.ask(CHECK_MS, signal, async (call) => this.opened.check(call));
  }

  /**
   * Lists what could be scaled there, like `check`; `null` where the provider does not list it.
   *
   * @throws ProviderError
   */
  async workloads(query: WorkloadQuery, signal: AbortSignal): Promise<WorkloadList | null> {
    return this.ask(LIST_MS, signal, async (call) => this.opened.workloads(query, call));
  }

  /** See `Session.takeOver` and `Session.handBack`; without a further attempt. @throws ProviderError */
  async handOver(
    way: 'takeOver' | 'handBack',
    cluster: ProviderCluster,
    apply: boolean,
    signal: AbortSignal,
  ): Promise<HandOver> {
    return this.ask(HAND_OVER_MS, signal, async (call) => this.opened.handOver(way, cluster, apply, call));
  }

  /** See `Session.renew`; without a further attempt. @throws ProviderError */
  async renew(cluster: ProviderCluster, signal: AbortSignal): Promise<void> {
    await this.ask(RENEWAL_MS, signal, async (call) => this.opened.renew(cluster, call));
  }

  /** Closes its session where it was not used since a time; should it be used again, it is opened again. */
  closeUnused(since: number): void {
    if (this.usedAt < since) void this.closeSession();
  }

  /** Another version has taken its place: it is closed once no call is under way. */
  retire(): void {
    this.isRetired = true;
    if (this.calls === 0) void this.close();
  }

  async close(): Promise<void> {
    await this.closeSession();
    await this.http.close();
  }

  private async ask<T>(timeoutMs: number, signal: AbortSignal, work: (call: Call) => Promise<T>): Promise<T> {
    return this.use(async () =>
      within(timeoutMs, signal, async (limit) => work({ signal: limit })).catch((error: unknown) => {
        throw toProviderError(error);
      }),
    );
  }

  private async use<T>(work: () => Promise<T>): Promise<T> {
    this.usedAt = this.clock.now();
    this.calls += 1;
    try {
      return await work();
    } finally {
      this.calls -= 1;
      if (this.isRetired && this.calls === 0) void this.close();
    }
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
