import { type Json, jsonOf, numberOf } from '../http/json.js';
import {
  type Call,
  type HttpAnswer,
  type HttpRequest,
  type ProviderCluster,
  type ProviderContext,
  ProviderError,
  type ProviderErrorCode,
  type ProviderState,
  type Reading,
  type Readings,
  type Sample,
  type Server,
  type ServerState,
  type Session,
  type Totals,
  readEach,
} from '../sdk/index.js';
import type { SimulatorMetrics, SimulatorTarget } from './simulator.fields.js';

type Cluster = ProviderCluster<SimulatorTarget, SimulatorMetrics>;

/** A server can have at least its own CPU. */
const LEAST_BOUND = 100;
/** The simulator states requests per second: as many as are offered within one. */
const SECOND_MS = 1000;

/** One simulator: `GET` and `PUT /clusters/:id`. */
export class SimulatorSession implements Session<SimulatorTarget, SimulatorMetrics> {
  /** @param url without a path */
  constructor(
    private readonly url: string,
    private readonly context: Pick<ProviderContext, 'http' | 'clock'>,
  ) {}

  async read(clusters: readonly Cluster[], call: Call): Promise<Readings> {
    return readEach(clusters, async (cluster) => this.readOne(cluster, call));
  }

  async ensure(cluster: Cluster, call: Call): Promise<void> {
    if (cluster.target?.simulated === undefined)
      throw new ProviderError('not_found', 'the simulator does not know the cluster');
    const answer = await this.send('/clusters/', cluster, { ...call, method: 'POST', json: cluster.target.simulated });
    if (answer.status >= 400) throw failure(answer);
  }

  async setDesired(cluster: Cluster, count: number, call: Call): Promise<ProviderState> {
    const json = { desired_servers: count };
    const body = bodyOf(await this.send('/clusters/', cluster, { ...call, method: 'PUT', json }));
    return { servers: serversOf(body), desired: desiredOf(body) };
  }

  async close(): Promise<void> {}

  /** One request brings both, except from simulators of earlier releases. */
  private async readOne(cluster: Cluster, call: Call): Promise<Reading> {
    if (cluster.target === null) return this.readMetrics(cluster, call);
    const query = cluster.metrics === null ? '' : '?metrics=true';
    const body = bodyOf(await this.send('/clusters/', cluster, call, query));
    const state = { servers: serversOf(body), desired: desiredOf(body) };
    if (cluster.metrics === null) return { at: this.now(), ...state };
    if (typeof body['timestamp'] === 'string') return { ...metricsOf(body), ...state };
    try {
      return { ...(await this.readMetrics(cluster, call)), ...state };
    } catch (error) {
      if (error instanceof ProviderError) return { at: this.now(), ...state, samples: error };
      throw error;
    }
  }

  private now(): number {
    return this.context.clock.now();
  }

  private async readMetrics(cluster: Cluster, call: Call): Promise<Reading> {
    return metricsOf(bodyOf(await this.send('/metrics/', cluster, call)));
  }

  private async send(
    path: '/clusters/' | '/metrics/',
    { id, target, metrics, fence }: Cluster,
    request: HttpRequest,
    query = '',
  ): Promise<HttpAnswer> {
    const name = encodeURIComponent(simulatedName(target ?? metrics ?? {}, id));
    const headers: Record<string, string> = fence === null ? {} : { 'x-fencing-token': String(fence) };
    return this.context.http.request(`${this.url}${path}${name}${query}`, { ...request, headers });
  }
}

/** What the simulator calls a cluster. */
export function simulatedName({ cluster_id: name }: SimulatorTarget | SimulatorMetrics, clusterId: string): string {
  return name ?? clusterId;
}

function bodyOf(answer: HttpAnswer): Json {
  if (answer.status !== 200) throw failure(answer);
  const body = jsonOf(answer.text);
  if (body === null || !Array.isArray(body['servers']))
    throw new ProviderError('invalid', 'the answer lists no servers');
  return body;
}

function serversOf(body: Json): readonly Server[] {
  return (body['servers'] as unknown[]).map((entry) => {
    const { server_id: id, state, active_at: since } = (entry ?? {}) as Json;
    const activeAt = typeof since === 'string' ? Date.parse(since) : Number.NaN;
    // Whether it is one at all is checked for every provider.
    return { id: id as string, state: state as ServerState, activeAt: Number.isNaN(activeAt) ? null : activeAt };
  });
}

function metricsOf(body: Json): Reading {
  if (typeof body['timestamp'] !== 'string') throw new ProviderError('invalid', 'the answer has no timestamp');
  const at = Date.parse(body['timestamp']);
  const samples = (body['servers'] as (Json | null)[]).flatMap((entry): Sample[] => {
    const { server_id: serverId, state, cpu_usage: cpu, memory_usage: memory, request_load: rate } = entry ?? {};
    // Where metrics come alone, those that report are listed, without their state.
    if (typeof serverId !== 'string' || (state !== undefined && state !== 'ACTIVE')) return [];
    return [{ serverId, at, cpu: numberOf(cpu), memory: numberOf(memory), requestRate: numberOf(rate) }];
  });
  return { at, samples, totals: totalsOf(body['totals'], at), maxCpuPercent: boundOf(body['max_cpu_usage']) };
}

function failure({ status, text }: HttpAnswer): ProviderError {
  const { error, code } = jsonOf(text) ?? {};
  return new ProviderError(codeOf(status, code), `HTTP ${status}${typeof error === 'string' ? `, ${error}` : ''}`);
}

function codeOf(status: number, code: unknown): ProviderErrorCode {
  if (status === 404) return 'not_found';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'unreachable';
  if (code === 'stale_token') return 'fenced';
  return code === 'scale_up_refused' ? 'no_capacity' : 'refused';
}

function desiredOf({ desired_servers: desired }: Json): number | null {
  return Number.isInteger(desired) ? (desired as number) : null;
}

/** Totals are an addition: a simulator without them, or with others, is as good as before. */
function totalsOf(value: unknown, at: number): Totals | null {
  const { request_rate: rate } = (value ?? {}) as { request_rate?: unknown };
  return typeof rate === 'number' ? { from: at - SECOND_MS, to: at, requests: rate } : null;
}

function boundOf(value: unknown): number | null {
  return typeof value === 'number' && value >= LEAST_BOUND ? value : null;
}
