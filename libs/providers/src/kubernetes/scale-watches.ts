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
}

interface Watch {
  readonly list: WatchedList<string>;
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
  stateOf(resource: ScalableResource, { namespace, name }: WorkloadSpec): string | null {
    const path = pathOf(resource, namespace);
    let watch = this.watches.get(path);
    if (watch?.refusedAt !== undefined && watch.refusedAt !== null && this.clock.now() - watch.refusedAt >= RETRY_MS)
      watch = undefined;
    if (watch === undefined) {
      const what = `${resource.plural} in namespace ${namespace}`;
      watch = { list: new WatchedList(this.api, { path, what, accept: METADATA, keep: stateIn }), refusedAt: null };
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
function stateIn(object: unknown): string {
  const { uid = '', generation, resourceVersion = '' } = (object as { readonly metadata?: Metadata }).metadata ?? {};
  return `${uid} ${generation ?? resourceVersion}`;
}

function pathOf({ group, version, plural }: ScalableResource, namespace: string): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${base}/namespaces/${namespace}/${plural}`;
}
