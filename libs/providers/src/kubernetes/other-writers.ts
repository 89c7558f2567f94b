import { type Blocked, ProviderError } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus } from './api-error.js';
import type { ScalableResource } from './discovery.js';
import { WatchedList } from './watched-list.js';

/** What is kept of an HPA: what it scales, and whether it may. */
interface Autoscaler {
  readonly target: { readonly group: string; readonly kind: string; readonly name: string };
  readonly least: number;
  readonly most: number;
  /** Both directions are switched off: it leaves the count alone within its bounds. */
  readonly isIdle: boolean;
  /** The object that made it, such as a ScaledObject of KEDA. */
  readonly owner: string | null;
}

interface RawAutoscaler {
  readonly metadata: { readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[] };
  readonly spec?: {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly behavior?: {
      readonly scaleUp?: { readonly selectPolicy?: string };
      readonly scaleDown?: { readonly selectPolicy?: string };
    };
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

  /**
   * @returns `null` where no other writer is known; one that is not KEDA's before KEDA's
   * @throws ProviderError while that is not known
   */
  async of({ group, kind }: ScalableResource, name: string, signal: AbortSignal): Promise<Blocked | null> {
    let all: ReadonlyMap<string, Autoscaler>;
    try {
      all = await this.list.items(signal);
    } catch (error) {
      if (!(error instanceof ProviderError && isStatus(error, 403))) throw error;
      // Who may not see them does not know whether there is one.
      return { by: 'An HPA that cannot be seen', reason: error.message };
    }
    let kedas: Blocked | null = null;
    for (const [found, { target, isIdle, owner, least, most }] of all) {
      if (isIdle || target.name !== name || target.kind !== kind || target.group !== group) continue;
      const reason = `it scales ${kind} ${name} in namespace ${this.namespace} between ${least} and ${most} replicas`;
      const writer = { by: owner ?? `HorizontalPodAutoscaler ${found}`, reason };
      if (!isKeda(writer)) return writer;
      kedas ??= writer;
    }
    return kedas;
  }

  close(): void {
    this.list.close();
  }
}

/** Whether a writer is the HPA that KEDA made for a ScaledObject. */
export function isKeda({ by }: Blocked): boolean {
  return by.startsWith('ScaledObject ');
}

function autoscalerOf(object: unknown): Autoscaler {
  const { metadata, spec } = object as RawAutoscaler;
  const { apiVersion = '', kind = '', name = '' } = spec?.scaleTargetRef ?? {};
  const { scaleUp, scaleDown } = spec?.behavior ?? {};
  const [owner] = metadata.ownerReferences ?? [];
  return {
    target: { group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', kind, name },
    least: spec?.minReplicas ?? 1,
    most: spec?.maxReplicas ?? 0,
    isIdle: scaleUp?.selectPolicy === 'Disabled' && scaleDown?.selectPolicy === 'Disabled',
    owner: owner === undefined ? null : `${owner.kind} ${owner.name}`,
  };
}
