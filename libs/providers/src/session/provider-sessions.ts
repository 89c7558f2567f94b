import type { OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from '#config';
import type { AddressGuard } from '../http/address-guard.js';
import type { Connection } from '../connections/connection.js';
import {
  type BoundConnection,
  type BoundProvider,
  type ClusterProvider,
  type HalfName,
  type ProvidedCluster,
  writtenHalf,
} from '../registry/cluster-provider.js';
import type { ProviderRegistry } from '../registry/provider.registry.js';
import {
  type HandOver,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
} from '../sdk/index.js';
import type { Circuit } from './circuit-breaker.js';
import { type ClusterReading, readingOf } from './cluster-reading.js';
import { ProviderConnection } from './provider-connection.js';
import type { ResilienceOptions } from './resilient.session.js';
import type { SessionMetrics } from './measured.session.js';
import type { SecretSource } from './session-secrets.js';

/** A cluster, and the fence under which this instance works on it; `null` where only one runs. */
export interface FencedCluster {
  readonly cluster: ProvidedCluster;
  readonly fence: { readonly token: number } | null;
}

/** Where one half of a cluster is reached, and whether it is being asked. */
export interface EndpointState {
  readonly endpoint: string;
  readonly circuit: Circuit;
}

/** A connection, and the cluster as it knows it. */
interface Part {
  readonly connection: ProviderConnection;
  readonly cluster: ProviderCluster;
}

/** Where the halves of a cluster are. `metrics` is `target` where one session has both. */
type Route = Readonly<Record<HalfName, Part>> & { readonly fence: number | null; readonly bound: BoundProvider };

/** Clusters are ticked at least every hour: a connection that is not used for longer has none any more. */
const IDLE_MS = 2 * 3_600_000;

/**
 * The way to what stands behind clusters: one session for each connection, opened when it is first needed. Both halves of a cluster come
 * with one request where one provider has both, and all clusters of a connection where it can read many at once.
 */
export class ProviderSessions implements OnApplicationShutdown {
  private readonly connections = new Map<string, ProviderConnection>();
  /** Definitions of clusters are values: a changed one has another route. */
  private readonly routes = new WeakMap<ProvidedCluster, Route>();
  private sweptAt = Number.NEGATIVE_INFINITY;
  private revision = 0;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly options: ResilienceOptions,
    private readonly metrics: SessionMetrics,
    private readonly clock: Clock,
    private readonly guard: AddressGuard,
    private readonly secrets: SecretSource,
  ) {}

  /**
   * Begins a poll.
   *
   * @param clusters all that will be asked for
   * @returns what reads one of them; never rejects
   */
  poll(clusters: readonly FencedCluster[], signal: AbortSignal): (cluster: FencedCluster) => Promise<ClusterReading> {
    this.retireChanged();
    this.closeIdle();
    const batches = this.batchesOf(clusters);
    const begun = new Map<ProviderConnection, Promise<Readings>>();
    const read = async ({ connection, cluster }: Part): Promise<Reading | ProviderError> => {
      const batch = batches.get(connection);
      let readings = begun.get(connection);
      if (readings === undefined) {
        readings = connection.read(batch ?? [cluster], signal);
        if (batch !== undefined) begun.set(connection, readings);
      }
      return (await readings).get(cluster.id) ?? new ProviderError('invalid', 'the cluster was not asked for');
    };
    return async (cluster) => {
      const route = this.routeOf(cluster);
      if (route instanceof ProviderError) return readingOf(route, route);
      const target = read(route.target);
      return readingOf(await target, await (route.metrics === route.target ? target : read(route.metrics)));
    };
  }

  /**
   * Asks for a count of servers; see `Session.setDesired`.
   *
   * @param reason why, in a sentence
   * @throws ProviderError
   */
  async setDesired(
    cluster: FencedCluster,
    count: number,
    signal: AbortSignal,
    reason?: string,
  ): Promise<ProviderState> {
    const route = this.routeOf(cluster);
    if (route instanceof ProviderError) throw route;
    return route.target.connection.setDesired(route.target.cluster, count, { signal, reason });
  }

  /**
   * Takes a cluster over from what else scales its servers, or gives it back; see `Session.takeOver` and `Session.handBack`.
   *
   * @param apply `false`: only says which steps it would take
   * @throws ProviderError
   */
  async handOver(
    way: 'takeOver' | 'handBack',
    cluster: ProvidedCluster,
    apply: boolean,
    signal: AbortSignal,
  ): Promise<HandOver> {
    this.retireChanged();
    const route = this.routeOf({ cluster, fence: null });
    if (route instanceof ProviderError) throw route;
    return route.target.connection.handOver(way, route.target.cluster, apply, signal);
  }

  /** Says that a cluster that was taken over is worked on; see `Session.renew`. @throws ProviderError */
  async renew(cluster: FencedCluster, signal: AbortSignal): Promise<void> {
    const route = this.routeOf(cluster);
    if (route instanceof ProviderError) throw route;
    await route.target.connection.renew(route.target.cluster, signal);
  }

  /**
   * The way to a stored connection itself, regardless of clusters.
   *
   * @throws ProviderError where its provider is not loaded, or does not understand it
   */
  connectionTo(stored: Connection): ProviderConnection {
    this.retireChanged();
    return this.connectionOf(this.registry.bindConnection(stored));
  }

  /** What a broken source breaks together: the address that the metrics of a cluster come from. */
  endpointOf({ provider }: Pick<ProvidedCluster, 'provider'>): string {
    return this.stateOf(provider, 'metrics').endpoint;
  }

  /** Where a half of a cluster is reached, and whether it is being asked; its type stands for what is not loaded. */
  stateOf(provider: ClusterProvider, half: HalfName): EndpointState {
    try {
      const bound = this.registry.bind(provider)[half];
      return { endpoint: bound.address, circuit: this.connections.get(keyOf(bound))?.circuit ?? 'closed' };
    } catch (error) {
      if (error instanceof ProviderError) return { endpoint: writtenHalf(provider, half).type, circuit: 'closed' };
      throw error;
    }
  }

  /** How many connections to providers with this half are not asked at the moment. */
  openCircuits(half: HalfName): number {
    let count = 0;
    for (const { circuit, definition } of this.connections.values()) {
      if (circuit !== 'closed' && definition[half] !== undefined) count += 1;
    }
    return count;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.connections.values()].map(async (connection) => connection.close()));
  }

  private batchesOf(clusters: readonly FencedCluster[]): ReadonlyMap<ProviderConnection, readonly ProviderCluster[]> {
    const batches = new Map<ProviderConnection, ProviderCluster[]>();
    for (const one of clusters) {
      const route = this.routeOf(one);
      if (route instanceof ProviderError) continue;
      for (const { connection, cluster } of new Set([route.target, route.metrics])) {
        if (connection.definition.batching !== true) continue;
        const batch = batches.get(connection);
        if (batch === undefined) batches.set(connection, [cluster]);
        else batch.push(cluster);
      }
    }
    return batches;
  }

  private routeOf({ cluster, fence: holds }: FencedCluster): Route | ProviderError {
    const fence = holds?.token ?? null;
    try {
      const bound = this.registry.bind(cluster.provider);
      const known = this.routes.get(cluster);
      if (known?.fence === fence && known.bound === bound) return known;
      const { target, metrics } = bound;
      const [scaled, measured] = [this.connectionOf(target), this.connectionOf(metrics)];
      const { id, takenOver = null } = cluster;
      const both = {
        connection: scaled,
        cluster: { id, target: target.spec, metrics: metrics.spec, fence, takenOver },
      };
      const route: Route =
        scaled === measured
          ? { fence, bound, target: both, metrics: both }
          : {
              fence,
              bound,
              target: { connection: scaled, cluster: { ...both.cluster, metrics: null } },
              metrics: { connection: measured, cluster: { ...both.cluster, target: null } },
            };
      this.routes.set(cluster, route);
      return route;
    } catch (error) {
      if (error instanceof ProviderError) return error;
      throw error;
    }
  }

  private connectionOf(bound: BoundConnection): ProviderConnection {
    const key = keyOf(bound);
    let connection = this.connections.get(key);
    if (connection === undefined) {
      const { options, metrics, clock, guard, secrets } = this;
      connection = new ProviderConnection(bound, options, metrics, clock, guard, secrets);
      this.connections.set(key, connection);
    }
    return connection;
  }

  /** Closes what was opened for earlier versions of stored connections. */
  private retireChanged(): void {
    const { revision } = this.registry;
    if (revision === this.revision) return;
    this.revision = revision;
    for (const [key, connection] of this.connections) {
      if (this.registry.isCurrent(connection.bound)) continue;
      this.connections.delete(key);
      connection.retire();
    }
  }

  private closeIdle(): void {
    const now = this.clock.now();
    if (now - this.sweptAt < IDLE_MS) return;
    this.sweptAt = now;
    for (const connection of this.connections.values()) connection.closeUnused(now - IDLE_MS);
  }
}

/** A connection is a value, too. */
function keyOf({ definition, connection, stored }: BoundConnection): string {
  return stored === null
    ? `${definition.type} ${JSON.stringify(connection)}`
    : `${definition.type} stored ${stored.id} ${stored.version}`;
}
