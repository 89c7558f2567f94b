import type { Clock } from '#config';
import { SimulatedCluster } from '#world';
import type { ClusterSpec, LoadPattern } from '#world';
import { ProviderError, ScaleTarget } from '../src/ports/scale-target.js';
import type { ProviderState, TargetCluster } from '../src/ports/scale-target.js';

/** What a provider does instead of its work. */
export type Fault =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'hang' }
  /** Grants at most so many new servers for one asking. */
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

/** Simulated clusters in this process, in the time of `clock`. */
export class InProcessScaleTarget extends ScaleTarget {
  readonly asked: { readonly clusterId: string; readonly desired: number }[] = [];
  private readonly worlds = new Map<string, SimulatedCluster>();
  /** The highest token that was seen for a cluster. */
  private readonly tokens = new Map<string, number>();
  private readonly hidden = new Map<string, number>();
  private readonly uncounted = new Set<string>();
  private readonly faults = new Map<string, { readonly read: Fault | null; readonly ask: Fault | null }>();

  constructor(private readonly clock: Clock) {
    super();
  }

  /** Starts a cluster: two servers at 50 % unless told otherwise. */
  add(id: string, spec: Partial<ClusterSpec> = {}, pattern: LoadPattern = { kind: 'steady' }): SimulatedCluster {
    const world = SimulatedCluster.started({ ...SPEC, ...spec, id }, pattern, this.clock.now());
    this.worlds.set(id, world);
    return world;
  }

  world(id: string): SimulatedCluster {
    const world = this.worlds.get(id);
    if (world === undefined) throw new ProviderError('refused', `there is no cluster ${id}`);
    if (this.clock.now() > world.now) world.advance(this.clock.now());
    return world;
  }

  /** From now on, until told otherwise; `null` ends a fault. */
  fail(id: string, read: Fault | null, ask: Fault | null = read): void {
    this.faults.set(id, { read, ask });
  }

  /** From now on it lists so many servers less than there are; what it does is as before. */
  hide(id: string, count: number): void {
    this.hidden.set(id, count);
  }

  /** From now on it lists servers and states no desired count of its own. */
  stateNoCount(id: string): void {
    this.uncounted.add(id);
  }

  endpointOf({ provider }: TargetCluster): string {
    return provider.url ?? provider.type;
  }

  async read({ id }: TargetCluster, signal: AbortSignal, token?: number): Promise<ProviderState> {
    this.admit(id, token);
    const world = this.world(id);
    await this.suffer(this.faults.get(id)?.read ?? null, signal);
    return this.stateOf(id, world);
  }

  async setDesired(
    { id }: TargetCluster,
    desired: number,
    signal: AbortSignal,
    token?: number,
  ): Promise<ProviderState> {
    this.admit(id, token);
    this.asked.push({ clusterId: id, desired });
    const fault = this.faults.get(id)?.ask ?? null;
    const world = this.world(id);
    if (fault?.kind === 'answer_lost') world.setDesired(desired, world.now);
    await this.suffer(fault, signal);
    world.setDesired(desired, world.now, fault?.kind === 'partial' ? fault.granted : Number.POSITIVE_INFINITY);
    return this.stateOf(id, world);
  }

  private stateOf(id: string, world: SimulatedCluster): ProviderState {
    const servers = world.servers.map((server) => ({ id: server.id, state: server.state, activeAt: server.activeAt }));
    return { servers: servers.slice(this.hidden.get(id) ?? 0), desired: this.uncounted.has(id) ? null : world.desired };
  }

  private admit(id: string, token = 0): void {
    const highest = this.tokens.get(id) ?? 0;
    if (token > 0 && token < highest) throw new ProviderError('refused', `token ${token} is older than ${highest}`);
    this.tokens.set(id, Math.max(token, highest));
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
