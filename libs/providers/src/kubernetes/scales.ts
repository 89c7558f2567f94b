import { ProviderError } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus } from './api-error.js';
import type { Discovery, ScalableResource } from './discovery.js';
import type { ScaleWatches } from './scale-watches.js';
import { workloadName, type WorkloadSpec } from './kubernetes.fields.js';

/** What a workload states of its count. */
export interface Scale {
  readonly resource: ScalableResource;
  readonly uid: string;
  readonly version: string;
  /** The desired count. */
  readonly replicas: number;
  /** Of its pods. */
  readonly selector: string;
}

/** How long a count that was read is used where changes are not followed; before a change it is read again. */
const FRESH_MS = 30_000;
/** Attempts at a change: versions change several times a second while pods start. */
const TRIES = 3;

interface Known {
  readonly scale: Scale;
  /** When it was read. */
  readonly at: number;
  /** See `ScaleWatches.stateOf`; `null`: changes since then are not followed. */
  readonly state: string | null;
}

interface RawScale {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly selector?: string };
}

/** The `scale` subresource of the workloads of a connection. */
export class Scales {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly api: KubernetesApi,
    private readonly discovery: Discovery,
    private readonly watches: Pick<ScaleWatches, 'stateOf'>,
  ) {}

  /** The counts of a namespace are read again when they are next needed. */
  forget(namespace: string): void {
    for (const name of this.known.keys()) if (name.startsWith(`${namespace}/`)) this.known.delete(name);
  }

  /** The present count where changes are watched, else at most half a minute old. @throws ProviderError */
  async recent(spec: WorkloadSpec, signal: AbortSignal): Promise<Scale> {
    const known = this.known.get(keyOf(spec));
    return known !== undefined && this.isCurrent(known, spec) ? known.scale : this.read(spec, signal);
  }

  private isCurrent({ scale, at, state }: Known, spec: WorkloadSpec): boolean {
    const now = this.watches.stateOf(scale.resource, spec);
    // Without a selector the workload was not accepted yet: that is no part of its specification.
    const isFollowed = state !== null && now !== null && scale.selector !== '';
    return isFollowed ? now === state : Date.now() - at < FRESH_MS;
  }

  /** @throws ProviderError `not_found` where the workload, its kind or its namespace is gone */
  async read(spec: WorkloadSpec, signal: AbortSignal): Promise<Scale> {
    this.known.delete(keyOf(spec));
    const resource = await this.discovery.find(spec, signal);
    const right = `get ${resource.plural}/scale in namespace ${spec.namespace}`;
    // From before the count is read: a change meanwhile makes it be read again.
    const state = this.watches.stateOf(resource, spec);
    try {
      const raw = await this.api.get<RawScale>(pathOf(resource, spec), { right, signal });
      return this.remember(spec, resource, raw, state);
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      // Its kind may have gone, or have another version now.
      this.discovery.forget();
      const { kind, name, namespace } = spec;
      throw new ProviderError('not_found', `there is no ${kind} ${name} in namespace ${namespace}`, { cause: error });
    }
  }

  /**
   * Sets the desired count, unless it was changed meanwhile. A version that changed for another reason does not matter.
   *
   * @param found what was just read
   * @throws ProviderError `conflict` if the count was changed meanwhile
   */
  async set(spec: WorkloadSpec, found: Scale, replicas: number, signal: AbortSignal): Promise<Scale> {
    const { resource } = found;
    const right = `update ${resource.plural}/scale in namespace ${spec.namespace}`;
    let base = found;
    for (let tries = 1; ; tries += 1) {
      const body = {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: spec.name, namespace: spec.namespace, uid: base.uid, resourceVersion: base.version },
        spec: { replicas },
      };
      try {
        const raw = await this.api.put<RawScale>(pathOf(resource, spec), { body, right, signal });
        return this.remember(spec, resource, raw, null);
      } catch (error) {
        if (!isStatus(error, 409) || tries === TRIES) throw error;
        const now = await this.read(spec, signal);
        if (now.uid !== base.uid || now.replicas !== base.replicas) throw changedMeanwhile(base, now);
        base = now;
      }
    }
  }

  private remember(spec: WorkloadSpec, resource: ScalableResource, raw: RawScale | null, state: string | null): Scale {
    const version = raw?.metadata?.resourceVersion;
    // A count of 0 is left out.
    const replicas = raw?.spec === undefined ? null : (raw.spec.replicas ?? 0);
    if (typeof version !== 'string' || !Number.isInteger(replicas))
      throw new ProviderError('invalid', `the Scale of ${spec.kind} ${spec.name} states no version or no count`);
    const scale = {
      resource,
      uid: raw?.metadata?.uid ?? '',
      version,
      replicas: replicas!,
      selector: raw?.status?.selector ?? '',
    };
    this.known.set(keyOf(spec), { scale, at: Date.now(), state });
    return scale;
  }
}

/** What a decision started from is not so any more. */
export function changedMeanwhile(
  before: Pick<Scale, 'uid' | 'replicas'>,
  now: Pick<Scale, 'uid' | 'replicas'>,
): ProviderError {
  const why =
    before.uid === now.uid
      ? `its desired count was changed from ${before.replicas} to ${now.replicas} meanwhile`
      : 'it was deleted and made again meanwhile';
  return new ProviderError('conflict', why);
}

/** Begins with the namespace. The same kind and name in another group has a count of its own. */
function keyOf(spec: WorkloadSpec): string {
  return `${workloadName(spec)}/${spec.group?.toLowerCase() ?? ''}`;
}

function pathOf({ group, version, plural }: ScalableResource, { namespace, name }: WorkloadSpec): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${base}/namespaces/${namespace}/${plural}/${name}/scale`;
}
