import { type ApiRequest, KubernetesApi, type WatchEvent } from '../../../libs/providers/src/kubernetes/api-client.js';
import { KubernetesSession } from '../../../libs/providers/src/kubernetes/kubernetes.session.js';
import type { KubernetesMetrics, KubernetesTarget } from '../../../libs/providers/src/kubernetes/kubernetes.fields.js';
import {
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Server,
} from '../../../libs/providers/src/sdk/index.js';
import { pki, SERVER, type Tenant } from './control-plane.js';

export type KubernetesCluster = ProviderCluster<KubernetesTarget, KubernetesMetrics>;

/** What sessions have warned of. */
export const warnings: string[] = [];
const logger = {
  info: () => undefined,
  warn: (message: string) => void warnings.push(message),
  error: () => undefined,
};

/** An API that counts what is asked of it, and that a test can step into. */
export class WatchedApi extends KubernetesApi {
  readonly asked: string[] = [];
  /** Called before each PUT. */
  beforePut: () => void = () => undefined;

  /** Further pages of a list are marked. */
  override async get<T>(path: string, request: ApiRequest): Promise<T> {
    this.asked.push(`GET ${path}${request.query?.['continue'] === undefined ? '' : '?continue'}`);
    return super.get<T>(path, request);
  }

  override async *watch(path: string, request: ApiRequest, opened: () => void): AsyncGenerator<WatchEvent> {
    this.asked.push(`WATCH ${path}`);
    yield* super.watch(path, request, opened);
  }

  override async put<T>(path: string, request: ApiRequest): Promise<T> {
    this.asked.push(`PUT ${path}`);
    this.beforePut();
    return super.put<T>(path, request);
  }

  count(pattern: RegExp): number {
    return this.asked.filter((one) => pattern.test(one)).length;
  }
}

export function apiOf({ token }: Pick<Tenant, 'token'>, server = SERVER): WatchedApi {
  return new WatchedApi({ server, tls: { ca: pki('ca.crt') }, token: async () => token });
}

/** The session of a tenant, as the service opens it. */
export function sessionOf(
  owner: Pick<Tenant, 'token'>,
  server = SERVER,
  { self = 'none-of-these', api = apiOf(owner, server) }: { self?: string; api?: KubernetesApi } = {},
): KubernetesSession {
  return new KubernetesSession(api, { clock: { now: () => Date.now() }, logger }, self);
}

export function clusterOf(
  namespace: string,
  name: string,
  change: Partial<KubernetesTarget & KubernetesMetrics> = {},
): KubernetesCluster {
  const { basis = 'request', container, allow_scale_down: allowed, ...where } = change;
  const workload = { namespace, kind: 'Deployment', name, ...where };
  return {
    id: `${namespace}/${name}`,
    target: { ...workload, ...(allowed === undefined ? {} : { allow_scale_down: allowed }) },
    metrics: { ...workload, basis, ...(container === undefined ? {} : { container }) },
    fence: null,
  };
}

/** @throws ProviderError where it cannot be read */
export async function readOne(session: KubernetesSession, cluster: KubernetesCluster): Promise<Reading> {
  const reading = (await session.read([cluster], { signal: AbortSignal.timeout(5000) })).get(cluster.id);
  if (reading === undefined || reading instanceof ProviderError) throw reading ?? new Error('left out');
  return reading;
}

/** @throws ProviderError where they cannot be read */
export async function serversOf(session: KubernetesSession, cluster: KubernetesCluster): Promise<readonly Server[]> {
  const { servers } = await readOne(session, cluster);
  if (servers === undefined || servers instanceof ProviderError) throw servers ?? new Error('left out');
  return servers;
}

/** @throws ProviderError */
export async function setDesired(
  session: KubernetesSession,
  cluster: KubernetesCluster,
  count: number,
  reason?: string,
): Promise<ProviderState> {
  return session.setDesired(cluster, count, { signal: AbortSignal.timeout(5000), reason });
}
