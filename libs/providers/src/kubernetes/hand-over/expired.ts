import type { KubernetesApi } from '../api-client.js';
import { isStatus } from '../api-error.js';
import { handedBack, heartbeatOf, LABEL, leasesPath, type RawLease } from './lease.js';
import { restoreObject, switchableOf } from './objects.js';

/** Leases are handled page by page: what others write into them may be large. */
const PAGE = 50;
/** Of one request. */
const TIMEOUT_MS = 10_000;
/** A workload has one or two autoscalers. A Lease that names more is not handled, so that it cannot delay the others. */
const MOST_OBJECTS = 20;

type Api = Pick<KubernetesApi, 'get' | 'put' | 'clockAheadMs'>;

/** What became of a workload whose Lease ran out. */
export interface GivenBack {
  /** Namespace and name of the Lease. */
  readonly lease: string;
  /** A sentence for each object, and for what went wrong. */
  readonly lines: readonly string[];
  readonly failed: boolean;
}

interface Leases {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly RawLease[];
}

/**
 * Gives back each workload whose Lease was not renewed for a time, and completes what was begun before. The Lease is marked before anything is
 * restored, with the version that was read: a service that renews it at that moment wins, and one that comes later sees the mark.
 *
 * @throws ProviderError where Leases cannot be listed; once a workload was given back, that is the last entry instead
 */
export async function handBackExpired(api: Api, afterMs: number): Promise<readonly GivenBack[]> {
  const given: GivenBack[] = [];
  try {
    for await (const lease of listed(api)) {
      const { handedBackAt, isComplete, renewedAt } = heartbeatOf(lease);
      const now = Date.now() + api.clockAheadMs;
      if (isComplete || (handedBackAt === null && now - renewedAt < afterMs)) continue;
      const done = await handBack(api, lease, now);
      if (done !== null) given.push(done);
    }
  } catch (error) {
    if (given.length === 0) throw error;
    given.push({ lease: 'the other Leases', lines: [messageOf(error)], failed: true });
  }
  return given;
}

async function* listed(api: Api): AsyncGenerator<RawLease> {
  const query = { labelSelector: `${LABEL.name}=${LABEL.value}`, limit: PAGE };
  for (let token: string | undefined; ;) {
    const { metadata, items = [] } = await api.get<Leases>('/apis/coordination.k8s.io/v1/leases', {
      query: { ...query, ...(token === undefined ? {} : { continue: token }) },
      right: 'list leases.coordination.k8s.io in all namespaces',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    yield* items;
    token = metadata?.continue;
    if (token === undefined || token === '') return;
  }
}

/** @returns `null` if the service has renewed the Lease after all */
async function handBack(api: Api, lease: RawLease, now: number): Promise<GivenBack | null> {
  const { name, namespace } = lease.metadata;
  const title = `${namespace}/${name}`;
  const lines: string[] = [];
  const { objects } = heartbeatOf(lease);
  if (objects.length > MOST_OBJECTS)
    return { lease: title, lines: [`it names more than ${MOST_OBJECTS} objects, and none is restored`], failed: true };
  try {
    const marked = await write(api, handedBack(lease, now, false));
    let failed = false;
    for (const object of objects) {
      const line = await restored(api, namespace, object).catch((error: unknown) => {
        failed = true;
        return `${object}: not restored: ${messageOf(error)}`;
      });
      lines.push(line);
    }
    if (!failed) await write(api, handedBack(marked, now, true));
    return { lease: title, lines, failed };
  } catch (error) {
    if (isStatus(error, 409) || isStatus(error, 404)) return null;
    return { lease: title, lines: [...lines, messageOf(error)], failed: true };
  }
}

async function write(api: Api, lease: RawLease): Promise<RawLease> {
  const { name, namespace } = lease.metadata;
  const right = `update leases.coordination.k8s.io in namespace ${namespace}`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return api.put<RawLease>(`${leasesPath(namespace)}/${name}`, { body: lease, right, signal });
}

async function restored(api: Api, namespace: string, object: string): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { outcome, note } = await restoreObject(api, namespace, switchableOf(object), signal);
  return `${object}: ${outcome === 'done' ? 'restored' : outcome}${note === null ? '' : `. ${note}`}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
