import type { ServerState } from '#engine';
import type { SimulatedCluster } from '../ports/cluster-provider.js';
import { ProviderError, ScaleTarget } from '../ports/scale-target.js';
import type { ProvidedServer, ProviderState, TargetCluster } from '../ports/scale-target.js';
import { jsonOf, type SimulatorAnswer, type SimulatorHttp } from './simulator.http.js';

/** Of what a simulator says of its failure. */
const MOST_SAID = 300;
/** Characters of an id. */
const LONGEST_ID = 512;
/** A provider that states more than this is not believed. */
const MOST_SERVERS = 1_000_000;

const STATES: ReadonlySet<string> = new Set<ServerState>(['PROVISIONING', 'ACTIVE', 'DRAINING', 'TERMINATED']);

/** The simulated cloud over HTTP: `GET` and `PUT /clusters/:id`. */
export class SimulatorScaleTarget extends ScaleTarget {
  constructor(private readonly http: Pick<SimulatorHttp, 'send' | 'endpointOf' | 'nameOf'>) {
    super();
  }

  override async ensure(cluster: TargetCluster, signal: AbortSignal, token?: number): Promise<void> {
    await this.read(cluster, signal, token);
  }

  async read(cluster: TargetCluster, signal: AbortSignal, token?: number): Promise<ProviderState> {
    return this.request(cluster, 'GET', null, signal, token);
  }

  async setDesired(
    cluster: TargetCluster,
    desired: number,
    signal: AbortSignal,
    token?: number,
  ): Promise<ProviderState> {
    return this.request(cluster, 'PUT', { desired_servers: desired }, signal, token);
  }

  endpointOf(cluster: TargetCluster): string {
    return this.http.endpointOf(cluster);
  }

  /**
   * A cluster that the simulator does not know is made there, where its definition says of what: before the first read, and
   * again when a simulator was restarted that keeps nothing.
   */
  private async request(
    cluster: TargetCluster,
    method: 'GET' | 'PUT',
    body: object | null,
    signal: AbortSignal,
    token?: number,
  ): Promise<ProviderState> {
    const answer = await this.send(cluster, method, body, signal, token);
    const { simulated } = cluster.provider;
    if (answer.status === 404 && simulated !== undefined) {
      const made = await this.send(cluster, 'POST', toSpecification(simulated), signal);
      if (made.status >= 400) throw failure(made);
      return method === 'PUT' ? parse(await this.send(cluster, method, body, signal, token)) : parse(made);
    }
    return parse(answer);
  }

  private async send(
    cluster: TargetCluster,
    method: 'GET' | 'PUT' | 'POST',
    body: object | null,
    signal: AbortSignal,
    token?: number,
  ): Promise<SimulatorAnswer> {
    const path = `/clusters/${encodeURIComponent(this.http.nameOf(cluster))}`;
    const headers = token === undefined ? {} : { 'x-fencing-token': String(token) };
    return this.http.send(cluster, method, path, body, signal, headers);
  }
}

function toSpecification({ servers, baseCpu, baseMemory, variance }: SimulatedCluster): object {
  return { servers, base_cpu: baseCpu, base_memory: baseMemory, variance };
}

function parse(answer: SimulatorAnswer): ProviderState {
  if (answer.status >= 400) throw failure(answer);
  const body = jsonOf(answer);
  if (!isRecord(body) || !Array.isArray(body['servers'])) {
    throw new ProviderError('invalid', 'the answer lists no servers');
  }
  const servers: ProvidedServer[] = [];
  for (const entry of body['servers'] as unknown[]) {
    if (!isRecord(entry) || !isServerId(entry['server_id']) || !isState(entry['state'])) {
      throw new ProviderError('invalid', 'the answer lists a server without id or state');
    }
    const activeAt = typeof entry['active_at'] === 'string' ? Date.parse(entry['active_at']) : Number.NaN;
    const { server_id: id, state } = entry as { server_id: string; state: ServerState };
    servers.push({ id, state, activeAt: Number.isNaN(activeAt) ? null : activeAt });
  }
  const desired = body['desired_servers'];
  if (typeof desired !== 'number' || !Number.isInteger(desired)) return { servers, desired: null };
  if (desired >= 0 && desired <= MOST_SERVERS) return { servers, desired };
  throw new ProviderError('invalid', `desired_servers cannot be ${desired}`);
}

function failure(answer: SimulatorAnswer): ProviderError {
  const { status } = answer;
  const body = jsonOf(answer);
  const said = isRecord(body) && typeof body['error'] === 'string' ? `, ${inOneLine(body['error'])}` : '';
  const kind = status === 429 || status >= 500 ? 'unreachable' : 'refused';
  return new ProviderError(kind, `HTTP ${status}${said}`);
}

/** Messages are logged, stored and shown; PostgreSQL's text has no NUL. */
function inOneLine(text: string): string {
  return text.slice(0, MOST_SAID).replaceAll(/\p{Cc}+/gu, ' ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Ids are stored and shown; the database takes no control characters and no halves of characters. */
function isServerId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_ID && !/[\p{Cc}\p{Cs}]/u.test(value);
}

function isState(value: unknown): value is ServerState {
  return typeof value === 'string' && STATES.has(value);
}
