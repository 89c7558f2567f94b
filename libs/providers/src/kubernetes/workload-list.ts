import type { FoundAutoscaler, FoundWorkload, WorkloadList, WorkloadQuery } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus } from './api-error.js';
import type { Discovery, ScalableResource } from './discovery.js';
import { horizontalPodAutoscalerOf, type ListedAutoscaler, scaledObjectOf, workloadKey } from './found-autoscalers.js';
import { REFUSED_NAMESPACE } from './kubernetes.fields.js';
import { readPages } from './pages.js';
import { Scales } from './scales.js';
import { controllerOf, groupOf, type Metadata, type WorkloadObject, workloadObjectOf } from './workload-object.js';

const KEDA_PATH = '/apis/keda.sh/v1alpha1';
/** Custom resources may keep their count anywhere: at most this many of their Scales are read. */
const MOST_SCALES = 200;
const OWN = 'This service runs in its pods, and does not scale itself.';
const SYSTEM = `The service scales nothing in the namespace ${REFUSED_NAMESPACE}.`;

/** What of a cluster one list covers: a namespace, or all. */
interface Scope {
  /** `/namespaces/web`, or nothing. */
  readonly path: string;
  /** "in namespace web". */
  readonly words: string;
}

interface Listed extends WorkloadObject {
  readonly resource: ScalableResource;
}

/** One list of everything that can be scaled, with what scales it today. */
export class WorkloadLister {
  private readonly missing = new Set<string>();
  private readonly found: Listed[] = [];
  private readonly autoscalers = new Map<string, FoundAutoscaler[]>();
  /** Namespaces, or '' for all, whose HPAs cannot be seen, with the right that is missing. */
  private readonly unseen = new Map<string, string>();
  /** The pods that the service runs in, what made them, and what made that. */
  private readonly own = new Set<string>();
  /** Without watches: a workload that is listed may be in a namespace that no cluster is in. */
  private readonly scales: Scales;
  private isCut = false;

  constructor(
    private readonly api: KubernetesApi,
    private readonly discovery: Discovery,
    private readonly self: string,
  ) {
    this.scales = new Scales(api, discovery, { stateOf: () => null });
  }

  /** @throws ProviderError */
  async list({ namespaces, limit }: WorkloadQuery, signal: AbortSignal): Promise<WorkloadList> {
    const resources = await this.discovery.all(signal);
    const hasKeda = await this.hasKeda(signal);
    const named = [...new Set(namespaces)];
    const scopes = named.length === 0 ? [''] : named;
    await Promise.all(
      scopes.map(async (namespace) => {
        const scope = scopeOf(namespace);
        await this.listOwn(scope, signal);
        const lists = resources.map(async (resource) => this.listKind(resource, resources, scope, limit, signal));
        await Promise.all([...lists, this.listAutoscalers(namespace, scope, hasKeda, signal)]);
      }),
    );
    const listed = this.found.toSorted(
      (one, other) =>
        compare(one.namespace, other.namespace) ||
        compare(one.resource.kind, other.resource.kind) ||
        compare(one.name, other.name),
    );
    const kept = listed.slice(0, limit);
    const counted = await this.withCounts(kept, signal);
    return {
      workloads: counted.map((workload) => this.workloadOf(workload)),
      missing: [...this.missing].toSorted(compare),
      isCut: this.isCut || listed.length > limit,
    };
  }

  private async hasKeda(signal: AbortSignal): Promise<boolean> {
    try {
      await this.api.get(KEDA_PATH, { right: `get ${KEDA_PATH}`, signal });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  private async listKind(
    resource: ScalableResource,
    resources: readonly ScalableResource[],
    scope: Scope,
    limit: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { group, version, plural } = resource;
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    let kept = 0;
    await this.read(`${base}${scope.path}/${plural}`, `list ${nameOf(resource)} ${scope.words}`, signal, (object) => {
      const found = workloadObjectOf(object, resource);
      const { controller } = found;
      // A ReplicaSet of a Deployment is scaled by that.
      if (controller !== null && resources.some((one) => isOfKind(controller, one))) {
        if (this.own.has(found.uid)) this.own.add(controller.uid ?? '');
        return true;
      }
      if (kept > limit) return false;
      kept += 1;
      this.found.push({ ...found, resource });
      return true;
    });
  }

  private async listAutoscalers(namespace: string, scope: Scope, hasKeda: boolean, signal: AbortSignal): Promise<void> {
    const hpas: ListedAutoscaler[] = [];
    const right = `list horizontalpodautoscalers.autoscaling ${scope.words}`;
    const path = `/apis/autoscaling/v2${scope.path}/horizontalpodautoscalers`;
    const isSeen = await this.read(path, right, signal, (object) => {
      hpas.push(horizontalPodAutoscalerOf(object));
      return true;
    });
    if (!isSeen) this.unseen.set(namespace, right);
    const kedas = new Map(
      hpas.flatMap(({ scaledObject, found }) => (scaledObject === null ? [] : [[scaledObject, found]])),
    );
    const scaled: ListedAutoscaler[] = [];
    if (hasKeda)
      await this.read(
        `${KEDA_PATH}${scope.path}/scaledobjects`,
        `list scaledobjects.keda.sh ${scope.words}`,
        signal,
        (object) => {
          const { metadata } = object as { readonly metadata: Metadata };
          scaled.push(scaledObjectOf(object, kedas.get(`${metadata.namespace}/${metadata.name}`) ?? null));
          return true;
        },
      );
    const known = new Set(scaled.map(({ scaledObject }) => scaledObject));
    // An HPA of KEDA is described by its ScaledObject, where that can be seen.
    for (const { target, found } of [...hpas.filter((hpa) => !known.has(hpa.scaledObject ?? '')), ...scaled]) {
      const all = this.autoscalers.get(target);
      if (all === undefined) this.autoscalers.set(target, [found]);
      else all.push(found);
    }
  }

  private async listOwn(scope: Scope, signal: AbortSignal): Promise<void> {
    const query = { fieldSelector: `metadata.name=${this.self}` };
    await this.read(
      `/api/v1${scope.path}/pods`,
      `list pods ${scope.words}`,
      signal,
      takeOwn.bind(null, this.own),
      query,
    );
  }

  /** @returns whether it may be read */
  private async read(
    path: string,
    right: string,
    signal: AbortSignal,
    take: (object: unknown) => boolean,
    query: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    const outcome = await readPages(this.api, { path, right, query, signal }, take);
    if (outcome === 'forbidden') this.missing.add(right);
    if (outcome === 'cut') this.isCut = true;
    return outcome !== 'forbidden';
  }

  private async withCounts(listed: readonly Listed[], signal: AbortSignal): Promise<readonly Listed[]> {
    const unstated = new Set(listed.filter(({ desired }) => desired === null).slice(0, MOST_SCALES));
    return Promise.all(
      listed.map(async (one) => {
        if (!unstated.has(one)) return one;
        const { kind, group } = one.resource;
        const spec = { namespace: one.namespace, kind, group, name: one.name };
        const scale = await this.scales.read(spec, signal).catch(() => null);
        return { ...one, desired: scale?.replicas ?? null };
      }),
    );
  }

  private workloadOf(listed: Listed): FoundWorkload {
    const { resource, namespace, name, uid, desired, ready, requests } = listed;
    const { kind, group } = resource;
    const [first, ...others] = (this.autoscalers.get(workloadKey(namespace, group, kind, name)) ?? []).toSorted(
      (one, other) => compare(one.by, other.by),
    );
    const unseen = this.unseen.get(namespace) ?? this.unseen.get('');
    return {
      target: { namespace, kind, ...(group === '' ? {} : { group }), name },
      namespace,
      kind,
      name,
      desired,
      ready,
      requests,
      scaledBy: first === undefined ? null : { ...first, others: others.map(({ by }) => by) },
      unknown: first === undefined && unseen !== undefined ? `the right is missing to ${unseen}` : null,
      refused: namespace === REFUSED_NAMESPACE ? SYSTEM : this.own.has(uid) ? OWN : null,
    };
  }
}

function takeOwn(own: Set<string>, object: unknown): boolean {
  const controller = controllerOf((object as { readonly metadata: Metadata }).metadata);
  if (controller?.uid !== undefined) own.add(controller.uid);
  return true;
}

function isOfKind(
  { apiVersion, kind }: { readonly apiVersion?: string; readonly kind: string },
  resource: ScalableResource,
): boolean {
  return resource.kind === kind && resource.group === groupOf(apiVersion);
}

function scopeOf(namespace: string): Scope {
  return namespace === ''
    ? { path: '', words: 'in all namespaces' }
    : { path: `/namespaces/${namespace}`, words: `in namespace ${namespace}` };
}

function nameOf({ group, plural }: ScalableResource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
