import type { OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';
import type { SimulatedCluster } from '#clusters';
import type { ServerState } from '#engine';
import { ProviderError, ScaleTarget } from './scale-target.js';
import type { ProvidedServer, ProviderState, TargetCluster } from './scale-target.js';

export interface SimulatorOptions {
  /** Where clusters live that name no `provider.url` of their own, for instance `http://127.0.0.1:9000`. */
  readonly url: string;
  /** Kept-alive connections per simulator. */
  readonly connections: number;
}

const STATES: ReadonlySet<string> = new Set<ServerState>(['PROVISIONING', 'ACTIVE', 'DRAINING', 'TERMINATED']);

/** The simulated cloud over HTTP: `GET` and `PUT /clusters/:id`. */
export class SimulatorScaleTarget extends ScaleTarget implements OnApplicationShutdown {
  private readonly pools = new Map<string, Pool>();

  constructor(private readonly options: SimulatorOptions) {
    super();
  }

  async read(cluster: TargetCluster, signal: AbortSignal): Promise<ProviderState> {
    return this.request(cluster, 'GET', null, signal);
  }

  async setDesired(cluster: TargetCluster, desired: number, signal: AbortSignal): Promise<ProviderState> {
    return this.request(cluster, 'PUT', { desired_servers: desired }, signal);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.pools.values()].map(async (pool) => pool.close()));
  }

  /** A cluster that the simulator does not know is made there, where its definition says of what. */
  private async request(
    cluster: TargetCluster,
    method: 'GET' | 'PUT',
    body: object | null,
    signal: AbortSignal,
  ): Promise<ProviderState> {
    const { url, status, text } = await this.send(cluster, method, body, signal);
    const { simulated } = cluster.provider;
    if (status === 404 && simulated !== undefined) {
      const made = await this.send(cluster, 'POST', toSpecification(simulated), signal);
      if (made.status >= 400) throw failure(made);
      return method === 'PUT' ? parse(await this.send(cluster, method, body, signal)) : parse(made);
    }
    return parse({ url, status, text });
  }

  private async send(
    cluster: TargetCluster,
    method: 'GET' | 'PUT' | 'POST',
    body: object | null,
    signal: AbortSignal,
  ): Promise<Answer> {
    const url = cluster.provider.url ?? this.options.url;
    const path = `/clusters/${encodeURIComponent(cluster.provider.ref ?? cluster.id)}`;
    try {
      const { statusCode, body: content } = await this.poolOf(url).request({
        path,
        method,
        body: body === null ? null : JSON.stringify(body),
        signal,
        ...(body === null ? {} : { headers: { 'content-type': 'application/json' } }),
      });
      return { url, status: statusCode, text: await content.text() };
    } catch (cause) {
      const why = signal.aborted ? 'no answer in time' : cause instanceof Error ? cause.message : String(cause);
      throw new ProviderError('unreachable', `simulator at ${url}: ${why}`, { cause });
    }
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

interface Answer {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

function toSpecification({ servers, baseCpu, baseMemory, variance }: SimulatedCluster): object {
  return { servers, base_cpu: baseCpu, base_memory: baseMemory, variance };
}

function parse(answer: Answer): ProviderState {
  if (answer.status >= 400) throw failure(answer);
  const { url, text } = answer;
  const body = json(text);
  if (!isRecord(body) || !Array.isArray(body['servers'])) {
    throw new ProviderError('invalid', `simulator at ${url}: the answer names no servers`);
  }
  const servers: ProvidedServer[] = [];
  for (const entry of body['servers'] as unknown[]) {
    if (!isRecord(entry) || typeof entry['server_id'] !== 'string' || !isState(entry['state'])) {
      throw new ProviderError('invalid', `simulator at ${url}: the answer contains a server without id or state`);
    }
    const activeAt = typeof entry['active_at'] === 'string' ? Date.parse(entry['active_at']) : Number.NaN;
    const { server_id: id, state } = entry as { server_id: string; state: ServerState };
    servers.push({ id, state, activeAt: Number.isNaN(activeAt) ? null : activeAt });
  }
  const desired = body['desired_servers'];
  return { servers, desired: typeof desired === 'number' && Number.isInteger(desired) ? desired : null };
}

function failure({ url, status, text }: Answer): ProviderError {
  const body = json(text);
  const said = isRecord(body) && typeof body['error'] === 'string' ? `: ${body['error']}` : '';
  const kind = status === 429 || status >= 500 ? 'unreachable' : 'refused';
  return new ProviderError(kind, `simulator at ${url} answered ${status}${said}`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isState(value: unknown): value is ServerState {
  return typeof value === 'string' && STATES.has(value);
}
