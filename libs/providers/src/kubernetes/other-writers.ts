import { type Blocked, type OuterBounds, ProviderError, type Theirs } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus } from './api-error.js';
import type { ScalableResource } from './discovery.js';
import { isIdle, wantedBy, type Wanting } from './wanted.js';
import { groupOf } from './workload-object.js';
import { WatchedList } from './watched-list.js';

/** What is kept of an HPA: what it scales, whether it may, and what it wants. */
export interface Autoscaler {
  readonly target: { readonly group: string; readonly kind: string; readonly name: string };
  readonly least: number;
  readonly most: number;
  readonly isIdle: boolean;
  /** See `wantedBy`. */
  readonly wanted: number | null;
  /** The object that made it, such as a ScaledObject of KEDA. */
  readonly owner: string | null;
}

type NamedAutoscaler = Autoscaler & { readonly by: string };

/** What other autoscalers mean for a workload. */
export interface Writers {
  /** One that may change the count, and not KEDA's if there is another; `null`: none is known. */
  readonly blocked: Blocked | null;
  /** What that one wants, or else an idle one; `null`: there is none, or that cannot be seen. */
  readonly theirs: Theirs | null;
  /** Bounds that an HPA keeps the count within although it is switched off; the narrowest maximum of several. */
  readonly outerBounds: OuterBounds | null;
}

interface RawAutoscaler extends Wanting {
  readonly metadata: { readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[] };
  readonly spec?: Wanting['spec'] & {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
  };
}

/** The HorizontalPodAutoscalers of one namespace, KEDA's included: whether one of them may change the count of a workload. */
export class OtherWriters {
  private readonly list: WatchedList<Autoscaler>;

  constructor(
    api: KubernetesApi,
    private readonly namespace: string,
  ) {
    this.list = new WatchedList(api, {
      path: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
      what: `horizontalpodautoscalers in namespace ${namespace}`,
      keep: autoscalerOf,
    });
  }

  /** @throws ProviderError while that is not known */
  async on(resource: ScalableResource, name: string, signal: AbortSignal): Promise<Writers> {
    const found = await this.scaling(resource, name, signal);
    if (found instanceof ProviderError) {
      // Who may not see them does not know whether there is one.
      return { blocked: { by: 'An HPA that cannot be seen', reason: found.message }, theirs: null, outerBounds: null };
    }
    const what = `${resource.kind} ${name} in namespace ${this.namespace}`;
    const [writer] = found.filter((hpa) => !hpa.isIdle);
    return { blocked: writer === undefined ? null : blockedBy(writer, what), ...wantsAndBounds(found) };
  }

  close(): void {
    this.list.close();
  }

  /**
   * @returns the HPAs of a workload, KEDA's last; the error where they may not be seen
   * @throws ProviderError while they are not known
   */
  private async scaling(
    { group, kind }: ScalableResource,
    name: string,
    signal: AbortSignal,
  ): Promise<readonly NamedAutoscaler[] | ProviderError> {
    try {
      const all = [...(await this.list.items(signal))];
      return all
        .filter(([, { target }]) => target.name === name && target.kind === kind && target.group === group)
        .map(([found, hpa]) => ({ ...hpa, by: hpa.owner ?? `HorizontalPodAutoscaler ${found}` }))
        .toSorted((a, b) => Number(isKeda(a)) - Number(isKeda(b)));
    } catch (error) {
      if (error instanceof ProviderError && isStatus(error, 403)) return error;
      throw error;
    }
  }
}

function blockedBy(hpa: NamedAutoscaler, what: string): Blocked {
  const { by, least, most } = hpa;
  const field = isKeda(hpa) ? 'maxReplicaCount' : 'maxReplicas';
  return { by, reason: `it scales ${what} between ${least} and ${most} replicas`, limit: { field, servers: most } };
}

function wantsAndBounds(found: readonly NamedAutoscaler[]): Pick<Writers, 'theirs' | 'outerBounds'> {
  const [theirs = null] = found
    .toSorted((a, b) => Number(a.isIdle) - Number(b.isIdle))
    .flatMap(({ by, wanted }) => (wanted === null ? [] : [{ by, desired: wanted }]));
  const [narrowest] = found.filter((hpa) => hpa.isIdle).toSorted((a, b) => a.most - b.most);
  const outerBounds = narrowest === undefined ? null : { by: narrowest.by, min: narrowest.least, max: narrowest.most };
  return { theirs, outerBounds };
}

/** Whether a writer is the HPA that KEDA made for a ScaledObject. */
export function isKeda({ by }: Pick<Blocked, 'by'>): boolean {
  return by.startsWith('ScaledObject ');
}

/** @param object an HPA of `autoscaling/v2` */
export function autoscalerOf(object: unknown): Autoscaler {
  const hpa = object as RawAutoscaler;
  const { metadata, spec } = hpa;
  const { apiVersion, kind = '', name = '' } = spec?.scaleTargetRef ?? {};
  const [owner] = metadata.ownerReferences ?? [];
  return {
    target: { group: groupOf(apiVersion), kind, name },
    least: spec?.minReplicas ?? 1,
    most: spec?.maxReplicas ?? 0,
    isIdle: isIdle(hpa),
    wanted: wantedBy(hpa),
    owner: owner === undefined ? null : `${owner.kind} ${owner.name}`,
  };
}
