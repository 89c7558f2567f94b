import type { Connection } from '../connections/connection.js';
import { type KnownConnections, NO_CONNECTIONS } from '../connections/connection-directory.js';
import { type ProviderDefinition, ProviderError } from '../sdk/index.js';
import {
  type BoundConnection,
  type BoundProvider,
  type ClusterProvider,
  HALVES,
  isOne,
  type ProvidedCluster,
  type WrittenHalf,
  writtenHalf,
} from './cluster-provider.js';
import { connectionKinds } from './connection-kinds.js';
import { bindStored, isRecord, type ProviderFault, readProvider, type UnderstoodProvider } from './read-provider.js';
import { pathOf, whereItLeads } from './where-it-leads.js';

/** The providers that there are, and what clusters say of them. */
export class ProviderRegistry {
  private readonly definitions: ReadonlyMap<string, ProviderDefinition>;
  private readonly kinds: ReadonlyMap<string, ProviderDefinition>;
  /** A definition of a cluster is a value: what was understood of it holds until a connection changes. */
  private readonly known = new WeakMap<ClusterProvider, Understood>();

  /** @throws TypeError where two are of the same type, or declare different connections of one type */
  constructor(
    definitions: readonly ProviderDefinition[],
    private readonly connections: KnownConnections = NO_CONNECTIONS,
  ) {
    this.kinds = connectionKinds(definitions);
    this.definitions = new Map(definitions.map((definition) => [definition.type, definition]));
    const twice = definitions.find((definition) => this.definitions.get(definition.type) !== definition);
    if (twice !== undefined) throw new TypeError(`there are two providers of the type "${twice.type}"`);
  }

  /** In the order of their types. */
  all(): readonly ProviderDefinition[] {
    return [...this.definitions.values()].sort((one, other) => (one.type < other.type ? -1 : 1));
  }

  /** The first provider for each type of stored connections, by type. */
  connectionTypes(): ReadonlyMap<string, ProviderDefinition> {
    return this.kinds;
  }

  /** Rises whenever a stored connection has changed. */
  get revision(): number {
    return this.connections.revision;
  }

  /** Whether it is the current version of a stored connection, or not a stored one. */
  isCurrent({ stored }: Pick<BoundConnection, 'stored'>): boolean {
    if (stored === null) return true;
    const known = this.connections.find(stored.name);
    return known?.id === stored.id && known.version === stored.version;
  }

  /**
   * What a request says of a cluster's provider: defaults filled in, in the shape in which it was written; or all that is wrong with it.
   *
   * @param connection the stored connections that it may name
   */
  read(
    value: unknown,
    connection: (name: string) => Connection | undefined = (name) => this.connections.find(name),
  ): UnderstoodProvider | { readonly faults: readonly ProviderFault[] } {
    const faults: ProviderFault[] = [];
    const understood = readProvider({ definitions: this.definitions, connection }, value, faults);
    if (understood === null || faults.length > 0) return { faults };
    return isOwnMetrics(understood.bound) ? understood : { faults: [FOREIGN_METRICS] };
  }

  /**
   * What a stored cluster says of its provider.
   *
   * @throws ProviderError where no provider of the type is loaded, or it does not understand the cluster any more
   */
  bind(provider: ClusterProvider): BoundProvider {
    const { revision } = this.connections;
    let known = this.known.get(provider);
    if (known?.revision !== revision) {
      known = { bound: this.bindNow(provider), revision };
      this.known.set(provider, known);
    }
    if (known.bound instanceof ProviderError) throw known.bound;
    return known.bound;
  }

  /**
   * A stored connection as the first provider of its type understands it.
   *
   * @throws ProviderError where no provider of the type is loaded, or it does not understand the connection any more
   */
  bindConnection(stored: Connection): BoundConnection {
    const definition = this.kinds.get(stored.type);
    const bound =
      definition === undefined
        ? { error: `no provider for connections of the type "${stored.type}" is loaded` }
        : bindStored(definition, stored);
    if ('error' in bound) throw new ProviderError('invalid', bound.error);
    return bound;
  }

  /** Whether one request reads the metrics of many clusters. */
  isBatched(provider: ClusterProvider): boolean {
    return this.definitions.get(writtenHalf(provider, 'metrics').type)?.batching === true;
  }

  /** The same text for clusters that lead to the same servers; `null` where its provider is not there to say. */
  targetKeyOf({ id, provider }: ProvidedCluster): string | null {
    try {
      return targetKey(this.bind(provider), id);
    } catch (error) {
      if (error instanceof ProviderError) return null;
      throw error;
    }
  }

  /**
   * Whether the provider itself refuses a count of an instance that was replaced, or one that is based on an outdated
   * count; `false` if its type is not loaded.
   */
  guardsCount({ provider }: Pick<ProvidedCluster, 'provider'>): boolean {
    try {
      const capabilities = this.bind(provider).target.definition.target?.capabilities;
      return capabilities?.fencing === true || capabilities?.compareAndSet === true;
    } catch (error) {
      if (error instanceof ProviderError) return false;
      throw error;
    }
  }

  /** The same provider with the name of the cluster there, where it is the cluster's id unless it says otherwise. */
  named({ id, provider }: ProvidedCluster): ClusterProvider {
    const name = (half: WrittenHalf): WrittenHalf => {
      const definition = this.definitions.get(half.type);
      const takesName = HALVES.some((part) => Object.hasOwn(definition?.[part]?.spec.shape ?? {}, NAME_FIELD));
      return takesName && half[NAME_FIELD] === undefined ? { ...half, [NAME_FIELD]: id } : half;
    };
    return isOne(provider) ? name(provider) : { metrics: name(provider.metrics), target: name(provider.target) };
  }

  private bindNow(provider: ClusterProvider): BoundProvider | ProviderError {
    const faults: ProviderFault[] = [];
    const connection = (name: string): Connection | undefined => this.connections.find(name);
    const understood = readProvider({ definitions: this.definitions, connection }, provider, faults);
    if (understood !== null && faults.length === 0) return understood.bound;
    const types = isRecord(provider) ? HALVES.map((name) => writtenHalf(provider, name)?.type) : [];
    const missing = types.find((type) => !this.definitions.has(type));
    const why =
      missing === undefined
        ? `it does not take what is stored of it: ${faults.map(({ error }) => error).join('; ')}`
        : `no provider of the type "${missing}" is loaded: add its package to providers.plugins, or change the provider`;
    return new ProviderError('invalid', why);
  }
}

interface Understood {
  readonly bound: BoundProvider | ProviderError;
  /** Of the connections that were known then. */
  readonly revision: number;
}

/** What providers call the field that names the cluster there, where its id is the default. */
const NAME_FIELD = 'cluster_id';

/** The end of an endpoint's address, as one text however it is written. */
function addressKey({ definition, address }: Pick<BoundConnection, 'definition' | 'address'>): string {
  if (!/^https?:/i.test(address)) return address;
  return `${whereItLeads(address)}${definition.connection.pathMatters === true ? pathOf(address) : ''}`;
}

function targetKey({ target }: BoundProvider, clusterId: string): string {
  const name = target.definition.target?.nameOf(target.spec, clusterId) ?? clusterId;
  return `${addressKey(target)}/${name}`;
}

const FOREIGN_METRICS: ProviderFault = {
  field: 'metrics',
  error: 'metrics must name the cluster that target names: what is read there belongs to one cluster',
};

/** Metrics of a cluster other than the target could belong to another owner. */
function isOwnMetrics(bound: BoundProvider): boolean {
  const { definition, spec } = bound.metrics;
  const name = definition.metrics?.nameOf?.(spec, '');
  return name === undefined || `${addressKey(bound.metrics)}/${name}` === targetKey(bound, '');
}
