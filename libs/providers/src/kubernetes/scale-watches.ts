import { ProviderError } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus } from './api-error.js';
import type { ScalableResource } from './discovery.js';
import type { WorkloadSpec } from './kubernetes.fields.js';
import { WatchedList } from './watched-list.js';

/** The `scale` subresource has no watch; the metadata of its objects does, and changes with the count. */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
/** Where the right is missing it may be given meanwhile. */
const RETRY_MS = 600_000;

interface Metadata {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly time?: string;
    readonly fieldsV1?: { readonly 'f:spec'?: Readonly<Record<string, unknown>> };
  }[];
}

/** What is kept of a workload. */
interface Seen {
  /** Changes with the desired count. */
  readonly state: string;
  readonly version: string;
  /** The manager of the field with the count. */
  readonly setBy: string | null;
}

interface Watch {
  readonly list: WatchedList<Seen>;
  /** When the right was missing; the list is closed then. */
  refusedAt: number | null;
}

/** Says when the count of a workload may have changed: one watch for each kind and namespace, of metadata only. */
export class ScaleWatches {
  private readonly watches = new Map<string, Watch>();

  constructor(
    private readonly api: KubernetesApi,
    private readonly clock: { now(): number },
  ) {}

  /** @returns a text that changes with the desired count; `null` where changes are not followed at the moment, or the workload is gone */
  stateOf(resource: ScalableResource, spec: WorkloadSpec): string | null {
    return this.seen(resource, spec)?.state ?? null;
  }

  /**
   * @param version of the count as it was read
   * @returns who set it last, as Kubernetes names it; `null` where that is not known
   */
  setBy(resource: ScalableResource, spec: WorkloadSpec, version: string): string | null {
    const seen = this.seen(resource, spec);
    // The watch may be behind what was read.
    return seen !== null && isAsNew(seen.version, version) ? seen.setBy : null;
  }

  private seen(resource: ScalableResource, { namespace, name }: WorkloadSpec): Seen | null {
    const path = pathOf(resource, namespace);
    let watch = this.watches.get(path);
    if (watch?.refusedAt !== undefined && watch.refusedAt !== null && this.clock.now() - watch.refusedAt >= RETRY_MS)
      watch = undefined;
    if (watch === undefined) {
      const what = `${resource.plural} in namespace ${namespace}`;
      watch = { list: new WatchedList(this.api, { path, what, accept: METADATA, keep: seenOf }), refusedAt: null };
      this.watches.set(path, watch);
    }
    if (watch.refusedAt !== null) return null;
    const now = watch.list.now();
    if (!(now instanceof ProviderError)) return now?.get(name) ?? null;
    if (isStatus(now, 403)) {
      watch.list.close();
      watch.refusedAt = this.clock.now();
    }
    return null;
  }

  /** Ends the watches of a namespace; of all where none is named. */
  close(namespace?: string): void {
    for (const [path, { list }] of this.watches) {
      if (namespace !== undefined && !path.includes(`/namespaces/${namespace}/`)) continue;
      list.close();
      this.watches.delete(path);
    }
  }
}

/** The generation changes with the specification, the version with any change. */
function seenOf(object: unknown): Seen {
  const { metadata = {} } = object as { readonly metadata?: Metadata };
  const { uid = '', generation, resourceVersion = '', managedFields = [] } = metadata;
  const [owner] = managedFields
    .filter(({ fieldsV1 }) => fieldsV1?.['f:spec']?.['f:replicas'] !== undefined)
    .toSorted(({ time: one = '' }, { time: other = '' }) => (one < other ? 1 : -1));
  return { state: `${uid} ${generation ?? resourceVersion}`, version: resourceVersion, setBy: owner?.manager ?? null };
}

/** Versions are numbers that grow, in all that is stored in etcd. */
function isAsNew(seen: string, read: string): boolean {
  return /^\d+$/.test(seen) && /^\d+$/.test(read) && BigInt(seen) >= BigInt(read);
}

function pathOf({ group, version, plural }: ScalableResource, namespace: string): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${base}/namespaces/${namespace}/${plural}`;
}
