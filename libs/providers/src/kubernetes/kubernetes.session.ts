import {
  type Call,
  type ChangeCall,
  type ConnectionReport,
  type HandOver,
  type ProviderCluster,
  type ProviderContext,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
  type Session,
  readEach,
  type WorkloadList,
  type WorkloadQuery,
} from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { Discovery, type ScalableResource } from './discovery.js';
import { HandOvers } from './hand-over/hand-overs.js';
import { type HeldWorkload, holderOf } from './hand-over/lease.js';
import { TakeOverLeases } from './hand-over/take-over-leases.js';
import { type KubernetesMetrics, type KubernetesTarget, workloadName, type WorkloadSpec } from './kubernetes.fields.js';
import { OtherWriters, type Writers } from './other-writers.js';
import { hasIdentity, type Pod, serverOf } from './pod.js';
import { mostCpuOf, NamespaceMetrics } from './pod-metrics.js';
import { NamespacePods } from './pods.js';
import { reportOf } from './rights.js';
import { changedMeanwhile, type Scale, Scales } from './scales.js';
import { ScaleWatches } from './scale-watches.js';
import { WorkloadEvents } from './workload-events.js';
import { WorkloadLister } from './workload-list.js';

type Cluster = ProviderCluster<KubernetesTarget, KubernetesMetrics>;

/** What is followed of one namespace. */
interface Namespace {
  readonly pods: NamespacePods;
  readonly writers: OtherWriters;
  readonly metrics: NamespaceMetrics;
  usedAt: number;
}

/** After a change, how long its pods are waited for: the controller makes them at once, or takes a while for hundreds. */
const LISTED_MS = 1000;
const POLL_MS = 20;
/** The part of the time that metrics may take: servers must be known in time without them. */
const METRICS_SHARE = 0.25;
/** Where a call does not say how long it may take. */
const USUAL_TIMEOUT_MS = 2000;
/** Clusters are ticked at least every hour: a namespace that is not read for longer is not followed any more. */
const IDLE_MS = 2 * 3_600_000;

/** One Kubernetes cluster: pods by watches that its workloads share, counts by their `scale` subresource. */
export class KubernetesSession implements Session<KubernetesTarget, KubernetesMetrics> {
  private readonly discovery: Discovery;
  private readonly watches: ScaleWatches;
  private readonly scales: Scales;
  private readonly events: WorkloadEvents;
  private readonly leases: TakeOverLeases;
  private readonly handOvers: HandOvers;
  private readonly namespaces = new Map<string, Namespace>();
  /** What decisions about a cluster start from: the count that its last reading stated. */
  private readonly stated = new Map<string, Scale>();

  /** @param self the name of the pod that the service runs in: its own workload is never scaled */
  constructor(
    private readonly api: KubernetesApi,
    private readonly context: Pick<ProviderContext, 'clock' | 'logger'>,
    private readonly self: string,
  ) {
    this.discovery = new Discovery(api);
    this.watches = new ScaleWatches(api, context.clock);
    this.scales = new Scales(api, this.discovery, this.watches);
    this.events = new WorkloadEvents(api, context.logger);
    this.leases = new TakeOverLeases(api);
    this.handOvers = new HandOvers(api, this.leases);
  }

  async read(clusters: readonly Cluster[], call: Call): Promise<Readings> {
    this.closeIdle();
    return readEach(clusters, async (cluster) => this.readOne(cluster, call));
  }

  async setDesired(cluster: Cluster, count: number, { signal, reason }: ChangeCall): Promise<ProviderState> {
    const spec = cluster.target!;
    const before = await this.scales.read(spec, signal);
    const started = this.stated.get(cluster.id);
    const pods = await this.podsOf(spec, before, signal);
    this.refuseOwn(pods);
    // Asked for twice, as after an answer that was lost: it is so already.
    if ((started === undefined || before.uid === started.uid) && before.replicas === count)
      return this.stateOf(pods, before);
    if (started === undefined)
      throw new ProviderError('conflict', 'the connection was reopened after the count was read');
    if (before.uid !== started.uid || before.replicas !== started.replicas) throw changedMeanwhile(started, before);
    await this.refuseBlocked(cluster, before, signal);
    if (count < before.replicas) refuseRemoval(spec, before.resource, pods);
    const after = await this.scales.set(spec, before, count, signal);
    this.stated.set(cluster.id, after);
    this.events.scaled(spec, before, after, reason);
    const listed = await this.podsAfter(spec, after, pods, signal);
    return this.stateOf([...listed, ...this.namespaceOf(spec).pods.takeGone(after.selector)], after);
  }

  async takeOver(cluster: Cluster, apply: boolean, { signal }: Call): Promise<HandOver> {
    const spec = heldBy(cluster);
    const scale = await this.scales.read(spec, signal);
    this.refuseOwn(await this.podsOf(spec, scale, signal));
    return this.handOvers.takeOver(spec, scale.resource, cluster.takenOver?.objects ?? [], apply, signal);
  }

  async handBack(cluster: Cluster, apply: boolean, { signal }: Call): Promise<HandOver> {
    return this.handOvers.handBack(heldBy(cluster), cluster.takenOver?.objects ?? [], apply, signal);
  }

  async renew(cluster: Cluster, { signal }: Call): Promise<void> {
    await this.leases.renew(heldBy(cluster), signal);
  }

  async check({ signal }: Call): Promise<ConnectionReport> {
    return reportOf(this.api, this.discovery, signal);
  }

  async workloads(query: WorkloadQuery, { signal }: Call): Promise<WorkloadList> {
    // Kinds may have been added.
    this.discovery.forget();
    return new WorkloadLister(this.api, this.discovery, this.self).list(query, signal);
  }

  async close(): Promise<void> {
    this.closeIdle(Number.POSITIVE_INFINITY);
    this.watches.close();
    await this.api.close();
  }

  private async readOne(cluster: Cluster, call: Call): Promise<Reading> {
    const { id, target, metrics } = cluster;
    const { signal } = call;
    if (signal.aborted) throw new ProviderError('unreachable', 'no answer in time');
    const spec: WorkloadSpec = (target ?? metrics)!;
    const { scale, pods } = await this.stateNow(spec, signal);
    const at = this.context.clock.now();
    const measured = metrics === null ? {} : await this.measure(pods, scale, target, metrics, call);
    if (target === null) return { at, ...measured };
    this.refuseOwn(pods);
    const writers = await this.writersOn(cluster, scale, signal);
    // A part that was cut short is no reading.
    if (signal.aborted) throw new ProviderError('unreachable', 'no answer in time');
    this.stated.set(id, scale);
    const gone = this.namespaceOf(spec).pods.takeGone(scale.selector);
    const setBy = this.watches.setBy(scale.resource, spec, scale.version);
    return { at, ...this.stateOf([...pods, ...gone], scale), ...writers, setBy, ...measured };
  }

  /** Reads the count again if it differs from the pods: another system may have changed it, or a change is under way. */
  private async stateNow(
    spec: WorkloadSpec,
    signal: AbortSignal,
  ): Promise<{ readonly scale: Scale; readonly pods: readonly Pod[] }> {
    const known = await this.scales.recent(spec, signal);
    const pods = await this.podsOf(spec, known, signal);
    if (pods.filter(counts).length === known.replicas) return { scale: known, pods };
    const scale = await this.scales.read(spec, signal);
    return { scale, pods: await this.podsOf(spec, scale, signal) };
  }

  private async measure(
    pods: readonly Pod[],
    { selector }: Scale,
    target: KubernetesTarget | null,
    metrics: KubernetesMetrics,
    { signal, timeoutMs = USUAL_TIMEOUT_MS }: Call,
  ): Promise<Pick<Reading, 'samples' | 'late' | 'maxCpuPercent'>> {
    // Pods of another workload may have the same names.
    if (target !== null && workloadName(target) !== workloadName(metrics))
      return { samples: new ProviderError('refused', 'metrics name another workload than target') };
    const limit = { signal, timeoutMs: timeoutMs * METRICS_SHARE };
    try {
      const namespace = this.namespaceOf(metrics);
      const { samples, windowMs } = await namespace.metrics.measure(pods, metrics, limit);
      const newest = samples.reduce((latest, { at }) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
      // Usage is from before: pods that became ready since took none of that load, and pods that have left took a part.
      const servers = samples.length === 0 ? null : namespace.pods.activeAt(selector, newest, this.api.clockAheadMs);
      return { samples, late: { ms: windowMs, servers }, maxCpuPercent: mostCpuOf(pods, metrics) };
    } catch (error) {
      return { samples: asProviderError(error) };
    }
  }

  private async podsOf(spec: WorkloadSpec, { selector }: Scale, signal: AbortSignal): Promise<readonly Pod[]> {
    return this.namespaceOf(spec).pods.of(selector, signal);
  }

  /**
   * The pods once their number is the requested count. If that takes too long, the pods from before the change: a part of the new pods would
   * look like a partial grant.
   */
  private async podsAfter(
    spec: WorkloadSpec,
    scale: Scale,
    before: readonly Pod[],
    signal: AbortSignal,
  ): Promise<readonly Pod[]> {
    const until = Date.now() + LISTED_MS;
    while (Date.now() < until && !signal.aborted) {
      const pods = await this.podsOf(spec, scale, signal);
      if (pods.filter(counts).length === scale.replicas) return pods;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return before;
  }

  private stateOf(pods: readonly Pod[], { replicas }: Scale): ProviderState {
    const ahead = this.api.clockAheadMs;
    return { servers: pods.map((pod) => serverOf(pod, ahead)), desired: replicas };
  }

  private async refuseBlocked(cluster: Cluster, scale: Scale, signal: AbortSignal): Promise<void> {
    const { blocked } = await this.writersOn(cluster, scale, signal);
    if (blocked !== null) throw new ProviderError('conflict', `${blocked.by} acts on it too: ${blocked.reason}`);
  }

  /** A take-over that has ended comes first: it is why others act again. */
  private async writersOn(cluster: Cluster, { resource }: Scale, signal: AbortSignal): Promise<Writers> {
    const { takenOver = null } = cluster;
    const spec = heldBy(cluster);
    const ended = takenOver === null ? null : await this.leases.givenBack(spec, takenOver.objects, signal);
    const writers = await this.namespaceOf(spec).writers.on(resource, spec.name, signal);
    return { ...writers, blocked: ended ?? writers.blocked };
  }

  private refuseOwn(pods: readonly Pod[]): void {
    if (pods.some(({ name }) => name === this.self))
      throw new ProviderError('refused', 'this service runs in the pods of the workload, and does not scale itself');
  }

  private namespaceOf({ namespace }: Pick<WorkloadSpec, 'namespace'>): Namespace {
    let known = this.namespaces.get(namespace);
    if (known === undefined) {
      known = {
        pods: new NamespacePods(this.api, namespace, () => this.scales.forget(namespace)),
        writers: new OtherWriters(this.api, namespace),
        metrics: new NamespaceMetrics(this.api, namespace),
        usedAt: 0,
      };
      this.namespaces.set(namespace, known);
    }
    known.usedAt = this.context.clock.now();
    return known;
  }

  /** @param since what was not used since then is closed */
  private closeIdle(since = this.context.clock.now() - IDLE_MS): void {
    for (const [name, { pods, writers, usedAt }] of this.namespaces) {
      if (usedAt >= since) continue;
      pods.close();
      writers.close();
      this.watches.close(name);
      this.namespaces.delete(name);
    }
  }
}

function heldBy({ id, target }: Cluster): HeldWorkload {
  return { ...target!, holder: holderOf(id) };
}

function asProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError('invalid', error instanceof Error ? error.message : String(error), { cause: error });
}

/** Whether a pod is one of the desired count: it takes load, or soon will. */
function counts({ state }: Pod): boolean {
  return state === 'ACTIVE' || state === 'PROVISIONING';
}

function refuseRemoval(
  { allow_scale_down: allowed }: KubernetesTarget,
  { group, kind }: ScalableResource,
  pods: readonly Pod[],
): void {
  if (allowed === true) return;
  if (allowed === false) throw new ProviderError('refused', 'allow_scale_down is false');
  const isStateful = group === 'apps' && kind === 'StatefulSet';
  const toAllow = 'set allow_scale_down: true to remove some';
  if (isStateful || pods.some(hasIdentity))
    throw new ProviderError('refused', `its pods have an identity and volumes of their own; ${toAllow}`);
  const isStateless = group === 'apps' && (kind === 'Deployment' || kind === 'ReplicaSet');
  if (pods.length === 0 && !isStateless)
    throw new ProviderError('refused', `without pods it is not known whether they have an identity; ${toAllow}`);
}
