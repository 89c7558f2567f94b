import { parseDuration } from '#config';
import { type Call, ProviderError, type Sample } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus } from './api-error.js';
import type { KubernetesMetrics } from './kubernetes.fields.js';
import type { Basis, Pod, Resources } from './pod.js';
import { parseQuantity } from './quantity.js';

/** Clusters of a namespace whose ticks lie so close together share a list. Its source renews it every 15 seconds, by default. */
const SHARED_MS = 8000;
/** The engine takes memory for a share of what there is. */
const ALL_PERCENT = 100;

interface RawPodMetrics {
  readonly metadata: { readonly name: string };
  /** The end of the window that usage is an average of. */
  readonly timestamp: string;
  readonly window?: string;
  readonly containers?: readonly {
    readonly name: string;
    readonly usage: { readonly cpu?: unknown; readonly memory?: unknown };
  }[];
}

type ByPod = ReadonlyMap<string, RawPodMetrics>;

export interface MeasuredPods {
  /** One of each active pod that has metrics. */
  readonly samples: readonly Sample[];
  /** The longest window that a sample is an average of, milliseconds. */
  readonly windowMs: number;
}

/** What the pods of one namespace use, as metrics.k8s.io has it: one list for all workloads in it. */
export class NamespaceMetrics {
  private listed: { readonly at: number; readonly pods: Promise<ByPod> } | null = null;

  constructor(
    private readonly api: KubernetesApi,
    private readonly namespace: string,
  ) {}

  /** @throws ProviderError where there are none at all, with the reason */
  async measure(pods: readonly Pod[], spec: KubernetesMetrics, limit: Required<Call>): Promise<MeasuredPods> {
    const active = pods.filter(({ state }) => state === 'ACTIVE');
    if (active.length === 0) return { samples: [], windowMs: 0 };
    const wrong = faultOf(active, spec);
    if (wrong !== null) throw new ProviderError('refused', wrong);
    const used = await this.recent(limit);
    const { clockAheadMs } = this.api;
    const samples: Sample[] = [];
    let windowMs = 0;
    for (const pod of active) {
      const metrics = used.get(pod.name);
      if (metrics === undefined) continue;
      samples.push(sampleOf(pod, metrics, spec, clockAheadMs));
      windowMs = Math.max(windowMs, windowOf(metrics));
    }
    return { samples, windowMs };
  }

  private async recent({ signal, timeoutMs }: Required<Call>): Promise<ByPod> {
    if (this.listed === null || Date.now() - this.listed.at > SHARED_MS) {
      const limit = AbortSignal.timeout(Math.ceil(timeoutMs));
      const pods = this.list(AbortSignal.any([signal, limit]));
      this.listed = { at: Date.now(), pods };
      pods.catch(() => {
        // The next call lists again; after a timeout only once SHARED_MS are over, so that few calls wait for a hanging source.
        if (!limit.aborted) this.listed = null;
      });
    }
    return this.listed.pods;
  }

  private async list(signal: AbortSignal): Promise<ByPod> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${this.namespace}/pods`;
    const right = `list pods.metrics.k8s.io in namespace ${this.namespace}`;
    try {
      const { items = [] } = await this.api.get<{ readonly items?: readonly RawPodMetrics[] }>(path, { right, signal });
      return new Map(items.map((item) => [item.metadata.name, item]));
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      throw new ProviderError('refused', 'the cluster serves no pod metrics: install metrics-server', { cause: error });
    }
  }
}

/** The highest CPU that one of these pods can have, percent of the basis. Requests say nothing of it: a pod may use the whole of its node. */
export function mostCpuOf(pods: readonly Pod[], { basis, container }: KubernetesMetrics): number {
  if (basis === 'limit') return ALL_PERCENT * 2;
  const shares = pods.map(({ containers }) => {
    const measured = measuredOf(containers, container);
    const [request, limit] = [total(measured, 'cpu', 'request'), total(measured, 'cpu', 'limit')];
    return request === null || limit === null ? UNLIMITED_PERCENT : (limit / request) * ALL_PERCENT * 2;
  });
  return Math.max(ALL_PERCENT * 2, ...shares);
}

/** A request of one core on a node of a thousand. */
const UNLIMITED_PERCENT = 100_000;

/** Why no pod can be measured by this basis; `null` where one can. */
function faultOf(pods: readonly Pod[], { basis, container }: KubernetesMetrics): string | null {
  const measured = pods.map(({ containers }) => measuredOf(containers, container));
  if (container !== undefined && measured.every((one) => one.length === 0))
    return `no pod has a container "${container}"`;
  const isStated = measured.some((one) => total(one, 'cpu', basis) !== null || total(one, 'memory', basis) !== null);
  return isStated ? null : `the containers state neither a CPU nor a memory ${basis}: utilization is a share of it`;
}

function measuredOf(containers: readonly Resources[], name: string | undefined): readonly Resources[] {
  return name === undefined ? containers : containers.filter((one) => one.name === name);
}

/** Of all these containers; `null` where one of them states nothing, so that usage cannot be compared with it. */
function total(containers: readonly Resources[], resource: 'cpu' | 'memory', basis: Basis): number | null {
  let sum = 0;
  for (const container of containers) {
    const amount = container[resource][basis];
    if (amount === null) return null;
    sum += amount;
  }
  return containers.length === 0 ? null : sum;
}

/** A source that states none measures what it sees. */
function windowOf({ window }: RawPodMetrics): number {
  try {
    return window === undefined ? 0 : parseDuration(window);
  } catch {
    return 0;
  }
}

function sampleOf(
  { name, containers }: Pod,
  { timestamp, containers: used = [] }: RawPodMetrics,
  { basis, container }: KubernetesMetrics,
  aheadMs: number,
): Sample {
  const measured = measuredOf(containers, container);
  const share = (resource: 'cpu' | 'memory'): number | null => {
    const available = total(measured, resource, basis);
    if (available === null) return null;
    let sum = 0;
    for (const one of measured) {
      const usage = used.find((candidate) => candidate.name === one.name)?.usage[resource];
      // A container without metrics makes the sum a part of the truth.
      if (usage === undefined) return null;
      sum += parseQuantity(usage);
    }
    return (sum * ALL_PERCENT) / available;
  };
  const memory = share('memory');
  return {
    serverId: name,
    at: Date.parse(timestamp) - aheadMs,
    cpu: share('cpu'),
    memory: memory === null ? null : Math.min(ALL_PERCENT, memory),
    requestRate: null,
  };
}
