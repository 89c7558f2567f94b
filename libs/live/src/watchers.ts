/** Who watches which cluster, and which clusters somebody watched a moment ago and may come back to. */
export class Watchers<Client> {
  private readonly byCluster = new Map<string, Set<Client>>();
  /** Until when a cluster that nobody watches any more counts as watched. */
  private readonly lingering = new Map<string, number>();

  constructor(private readonly lingerMs: number) {}

  add(clusterId: string, client: Client): void {
    const clients = this.byCluster.get(clusterId) ?? new Set();
    this.byCluster.set(clusterId, clients.add(client));
    this.lingering.delete(clusterId);
  }

  remove(clusterId: string, client: Client, now: number): void {
    const clients = this.byCluster.get(clusterId);
    if (clients?.delete(client) !== true || clients.size > 0) return;
    this.byCluster.delete(clusterId);
    this.lingering.set(clusterId, now + this.lingerMs);
  }

  of(clusterId: string): Iterable<Client> {
    return this.byCluster.get(clusterId) ?? [];
  }

  /** Whether anybody wants the events of a cluster now, or may want them when he is back. */
  wants(clusterId: string, now: number): boolean {
    return this.byCluster.has(clusterId) || (this.lingering.get(clusterId) ?? 0) > now;
  }

  /** Forgets those that nobody came back to; whether there is anybody or anything left. */
  prune(now: number): boolean {
    for (const [clusterId, until] of this.lingering) if (until <= now) this.lingering.delete(clusterId);
    return this.byCluster.size > 0 || this.lingering.size > 0;
  }
}
