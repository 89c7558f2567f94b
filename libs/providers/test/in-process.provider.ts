import type { Clock } from '#config';
import { SimulatedCluster } from '#world';
import type { ClusterSpec, LoadPattern } from '#world';
import {
  type Blocked,
  type Call,
  type ConnectionReport,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
  type Sample,
  type Session,
  type Theirs,
  type WorkloadList,
  type WorkloadQuery,
} from '../src/sdk/index.js';

/** What a provider does instead of its work. */
export type Fault =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'hang' }
  /** Grants at most `granted` new servers for one request. */
  | { readonly kind: 'partial'; readonly granted: number }
  /** Does what it was asked for, and the answer is lost. */
  | { readonly kind: 'answer_lost' };

const SPEC: Omit<ClusterSpec, 'id'> = {
  servers: 2,
  baseCpu: 50,
  baseMemory: 40,
  variance: 2,
  capacity: 100,
  noise: 0,
  seed: 1,
  provisioning: { kind: 'fixed', ms: 30_000 },
  draining: { kind: 'fixed', ms: 5000 },
  failure: null,
};

/** The session of a provider whose clusters are simulated in this process, in the time of `clock`. */
export class InProcessSession implements Session {
  /** Makes what the provider does not know, where a test says how. */
  ensure?(cluster: ProviderCluster, call: Call): Promise<void>;
  /** What a test of the connection finds, where a test says so. */
  check?(call: Call): Promise<ConnectionReport>;
  /** What could be scaled there, where a test says so. */
  workloads?(query: WorkloadQuery, call: Call): Promise<WorkloadList>;
  readonly asked: { readonly clusterId: string; readonly desired: number }[] = [];
  private readonly worlds = new Map<string, SimulatedCluster>();
  /** The highest token that was seen for a cluster. */
  private readonly tokens = new Map<string, number>();
  private readonly hidden = new Map<string, number>();
  private readonly uncounted = new Set<string>();
  private readonly publishing = new Set<string>();
  private readonly others = new Map<string, Blocked>();
  private readonly wanted = new Map<string, Theirs>();
  private readonly faults = new Map<string, { readonly read: Fault | null; readonly ask: Fault | null }>();

  constructor(private readonly clock: Clock) {}

  /** Starts a cluster: two servers at 50 % by default. */
  add(id: string, spec: Partial<ClusterSpec> = {}, pattern: LoadPattern = { kind: 'steady' }): SimulatedCluster {
    const world = SimulatedCluster.started({ ...SPEC, ...spec, id }, pattern, this.clock.now());
    this.worlds.set(id, world);
    return world;
  }

  world(id: string): SimulatedCluster {
    const world = this.worlds.get(id);
    if (world === undefined) throw new ProviderError('not_found', `there is no cluster ${id}`);
    if (this.clock.now() > world.now) world.advance(this.clock.now());
    return world;
  }

  /** Sets the faults of a cluster until the next call; `null` ends a fault. */
  fail(id: string, read: Fault | null, ask: Fault | null = read): void {
    this.faults.set(id, { read, ask });
  }

  /** From now on it lists `count` servers less than there are; its behavior is unchanged. */
  hide(id: string, count: number): void {
    this.hidden.set(id, count);
  }

  /** From now on it lists servers and states no desired count of its own. */
  stateNoCount(id: string): void {
    this.uncounted.add(id);
  }

  /** From now on a request changes nothing here: another system carries it out, when the test does so. */
  publishOnly(id: string): void {
    this.publishing.add(id);
  }

  /** From now on another system acts on it, too; `null`: no longer. */
  block(id: string, other: Blocked | null): void {
    if (other === null) this.others.delete(id);
    else this.others.set(id, other);
  }

  /** What another autoscaler wants from now on. */
  want(id: string, theirs: Theirs): void {
    this.wanted.set(id, theirs);
  }

  async read(clusters: readonly ProviderCluster[], call: Call): Promise<Readings> {
    const readings = clusters.map(async (cluster): Promise<[string, Reading | ProviderError]> => {
      try {
        return [
          cluster.id,
          {
            at: this.clock.now(),
            ...(await this.readOne(cluster, call)),
            blocked: this.others.get(cluster.id) ?? null,
            theirs: this.wanted.get(cluster.id) ?? null,
            ...this.metricsOf(cluster),
          },
        ];
      } catch (error) {
        if (error instanceof ProviderError) return [cluster.id, error];
        throw error;
      }
    });
    return new Map(await Promise.all(readings));
  }

  async readOne({ id, fence }: Pick<ProviderCluster, 'id' | 'fence'>, { signal }: Call): Promise<ProviderState> {
    this.admit(id, fence);
    const world = this.world(id);
    await this.suffer(this.faults.get(id)?.read ?? null, signal);
    return this.stateOf(id, world);
  }

  async setDesired(
    { id, fence }: Pick<ProviderCluster, 'id' | 'fence'>,
    desired: number,
    { signal }: Call,
  ): Promise<ProviderState> {
    this.admit(id, fence);
    this.asked.push({ clusterId: id, desired });
    const fault = this.faults.get(id)?.ask ?? null;
    const world = this.world(id);
    if (fault?.kind === 'answer_lost') world.setDesired(desired, world.now);
    await this.suffer(fault, signal);
    if (this.publishing.has(id)) return { ...this.stateOf(id, world), desired };
    world.setDesired(desired, world.now, fault?.kind === 'partial' ? fault.granted : Number.POSITIVE_INFINITY);
    return this.stateOf(id, world);
  }

  async close(): Promise<void> {}

  /** What the active servers are like. */
  samplesOf(id: string): readonly Sample[] {
    const world = this.world(id);
    return world.readings().map(({ serverId, cpu, memory, requestLoad }) => {
      return { serverId, at: world.now, cpu, memory, requestRate: requestLoad };
    });
  }

  private metricsOf({ id, metrics }: ProviderCluster): Partial<Reading> {
    if (metrics === null) return {};
    const world = this.world(id);
    const totals = { from: world.now - 1000, to: world.now, requests: world.offeredLoad };
    return { samples: this.samplesOf(id), totals };
  }

  private stateOf(id: string, world: SimulatedCluster): ProviderState {
    const servers = world.servers.map((server) => ({ id: server.id, state: server.state, activeAt: server.activeAt }));
    const listed = servers.slice(this.hidden.get(id) ?? 0);
    if (this.publishing.has(id)) return { servers: listed, desired: null, published: true };
    return { servers: listed, desired: this.uncounted.has(id) ? null : world.desired };
  }

  private admit(id: string, fence: number | null): void {
    const highest = this.tokens.get(id) ?? 0;
    if (fence === null) return;
    if (fence < highest) throw new ProviderError('fenced', `token ${fence} is older than ${highest}`);
    this.tokens.set(id, fence);
  }

  private async suffer(fault: Fault | null, signal: AbortSignal): Promise<void> {
    switch (fault?.kind) {
      case 'unreachable':
      case 'answer_lost':
        throw new ProviderError('unreachable', 'connection reset');
      case 'refuse':
        throw new ProviderError('refused', 'quota exceeded');
      case 'hang':
        await new Promise<never>((_resolve, reject) => {
          const abort = (): void => reject(new ProviderError('unreachable', 'no answer in time'));
          if (signal.aborted) abort();
          else signal.addEventListener('abort', abort, { once: true });
        });
        break;
      case 'partial':
      case undefined:
        break;
    }
  }
}
