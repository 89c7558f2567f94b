import { randomUUID } from 'node:crypto';
import {
  type Call,
  type ConnectionReport,
  type HttpAnswer,
  type HttpClient,
  isUnanswered,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
  type Session,
  readEach,
} from '../sdk/index.js';
import { bodyOf, metricsOf, stateOf } from './http-adapter.answers.js';
import type { AdapterMetrics, AdapterTarget } from './http-adapter.fields.js';
import { signatureHeaders } from './http-adapter.signature.js';
import { cut } from '../http/cut.js';

type Cluster = ProviderCluster<AdapterTarget, AdapterMetrics>;

interface Sent extends Call {
  readonly method?: 'GET' | 'PUT';
  readonly fence?: number | null;
  readonly idempotencyKey?: string;
  readonly json?: unknown;
}

export interface AdapterOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: string;
  readonly http: HttpClient;
  readonly clock: { now(): number };
}

/** One adapter: `GET /clusters/:id`, `PUT /clusters/:id/desired` and `GET /clusters/:id/metrics`, all signed. */
export class HttpAdapterSession implements Session<AdapterTarget, AdapterMetrics> {
  /** Changes without an answer, by id of cluster: a retry has the key of the first attempt. */
  private readonly unanswered = new Map<string, { readonly count: number; readonly key: string }>();

  constructor(private readonly options: AdapterOptions) {}

  async read(clusters: readonly Cluster[], call: Call): Promise<Readings> {
    return readEach(clusters, async (cluster) => this.readOne(cluster, call));
  }

  async setDesired(cluster: Cluster, count: number, call: Call): Promise<ProviderState> {
    const before = this.unanswered.get(cluster.id);
    const idempotencyKey = before?.count === count ? before.key : randomUUID();
    this.unanswered.set(cluster.id, { count, key: idempotencyKey });
    try {
      const { fence } = cluster;
      const change = { ...call, method: 'PUT', fence, idempotencyKey, json: { desired: count } } as const;
      const { servers, desired } = stateOf(bodyOf(await this.send(`${pathOf(cluster)}/desired`, change)));
      this.unanswered.delete(cluster.id);
      return { servers, desired };
    } catch (error) {
      if (!(error instanceof ProviderError && isUnanswered(error))) this.unanswered.delete(cluster.id);
      throw error;
    }
  }

  async check(call: Call): Promise<ConnectionReport> {
    const answer = await this.send('/', call);
    if (answer.status === 404)
      throw new ProviderError(
        'not_found',
        'GET / was answered with 404: an adapter answers it with its name and version',
      );
    const { name, version } = bodyOf(answer);
    return { identity: textOf(name), version: textOf(version), missing: [] };
  }

  async close(): Promise<void> {
    this.unanswered.clear();
  }

  private async readOne(cluster: Cluster, call: Call): Promise<Reading> {
    const at = this.options.clock.now();
    const [state, metrics] = await Promise.all([
      cluster.target === null ? null : this.readState(cluster, call),
      cluster.metrics === null ? null : this.readMetrics(cluster, call),
    ]);
    const parts = [state, metrics].filter((part) => part !== null);
    const [first] = parts;
    if (first instanceof ProviderError && parts.every((part) => part instanceof ProviderError)) throw first;
    return {
      at,
      ...(state instanceof ProviderError ? { servers: state } : state),
      ...(metrics instanceof ProviderError ? { samples: metrics } : metrics),
    };
  }

  private async readState(cluster: Cluster, call: Call): Promise<ProviderState | ProviderError> {
    return attempt(async () => stateOf(bodyOf(await this.send(pathOf(cluster), { ...call, fence: cluster.fence }))));
  }

  private async readMetrics(cluster: Cluster, call: Call): Promise<ReturnType<typeof metricsOf> | ProviderError> {
    return attempt(async () => {
      const answer = await this.send(`${pathOf(cluster)}/metrics`, { ...call, fence: cluster.fence });
      return metricsOf(bodyOf(answer), this.options.clock.now());
    });
  }

  private async send(path: string, sent: Sent): Promise<HttpAnswer> {
    const { method = 'GET', fence = null, idempotencyKey = '', json, signal } = sent;
    const { url, key, http, clock } = this.options;
    const fencingToken = fence === null ? '' : String(fence);
    const body = json === undefined ? '' : JSON.stringify(json);
    const signed = { method, path: `${new URL(url).pathname.replace(/\/$/, '')}${path}`, idempotencyKey, fencingToken };
    const headers = {
      ...signatureHeaders(key, { ...signed, body }, clock.now()),
      ...(fencingToken === '' ? {} : { 'x-fencing-token': fencingToken }),
      ...(idempotencyKey === '' ? {} : { 'idempotency-key': idempotencyKey }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    };
    return http.request(`${url}${path}`, { method, headers, signal, ...(json === undefined ? {} : { body }) });
  }
}

/** What the adapter calls a cluster. */
export function adapterName({ cluster_id: name }: AdapterTarget | AdapterMetrics, clusterId: string): string {
  return name ?? clusterId;
}

function pathOf({ id, target, metrics }: Cluster): string {
  return `/clusters/${encodeURIComponent(adapterName(target ?? metrics ?? {}, id))}`;
}

async function attempt<T>(work: () => Promise<T>): Promise<T | ProviderError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? cut(value, 100) : null;
}
