import { randomUUID } from 'node:crypto';
import type { Clock } from '#config';
import type { Sample } from '#engine';
import type { ProvidedServer, ProviderState } from '#providers';
import type { ProviderCluster, Readings, Session } from '#providers/sdk';

interface TickServer {
  readonly id: string;
  readonly askedAt: number;
  /** Takes load from then on. */
  readonly activeAt: number;
}

/**
 * A provider that matches the tick world exactly: a poll shows the whole tick that just ended. A server that began to
 * take load during that tick is shown at the next poll.
 */
export class TickProvider implements Session {
  private servers: readonly TickServer[];

  /**
   * @param demandAt demand of the tick that ends at a time, in servers
   * @param tickMs polls come at multiples of this
   */
  constructor(
    private readonly clock: Clock,
    private readonly demandAt: (time: number) => number,
    private readonly options: { readonly tickMs: number; readonly provisionMs: number },
  ) {
    const since = clock.now() - options.tickMs;
    const count = Math.ceil(demandAt(clock.now()) / 0.6);
    this.servers = Array.from({ length: count }, () => ({ id: randomUUID(), askedAt: since, activeAt: since }));
  }

  async read(clusters: readonly ProviderCluster[]): Promise<Readings> {
    const reading = { at: this.clock.now(), ...this.state() };
    return new Map(clusters.map(({ id }) => [id, reading]));
  }

  async close(): Promise<void> {}

  async setDesired(_cluster: unknown, desired: number): Promise<ProviderState> {
    const now = this.clock.now();
    const { provisionMs } = this.options;
    const asked = Array.from({ length: Math.max(0, desired - this.servers.length) }, () => ({
      id: randomUUID(),
      askedAt: now,
      activeAt: now + provisionMs,
    }));
    // Oldest first, so that the newest are canceled.
    this.servers = [...this.servers.slice(0, desired), ...asked];
    return this.state();
  }

  private state(): ProviderState {
    return { servers: this.servers.map((server) => this.shown(server)), desired: this.servers.length };
  }

  /** All active servers have the same utilization. */
  samples(): readonly Sample[] {
    const active = this.servers.filter((server) => this.shown(server).state === 'ACTIVE');
    const now = this.clock.now();
    const demand = this.demandAt(now);
    const cpu = 100 * Math.min(1, demand / active.length);
    const requestRate = Math.min(demand / active.length, 1);
    return active.map(({ id: serverId }) => ({ serverId, at: now, cpu, memory: 0, requestRate }));
  }

  private shown({ id, activeAt }: TickServer): ProvidedServer {
    const state = activeAt <= this.clock.now() - this.options.tickMs ? 'ACTIVE' : 'PROVISIONING';
    return { id, state, activeAt };
  }
}
