import type { Detail } from './interest.js';

/** Who watches which cluster, and which clusters were watched recently, as clients may reconnect. */
export class Watchers<Client extends { readonly summary: boolean }> {
  private readonly byCluster = new Map<string, Set<Client>>();
  /** Until when a cluster without watchers still counts as watched, and in which detail. */
  private readonly lingering = new Map<string, { readonly until: number; readonly detail: Detail }>();

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
    this.lingering.set(clusterId, { until: now + this.lingerMs, detail: client.summary ? 'summary' : 'full' });
  }

  of(clusterId: string): Iterable<Client> {
    return this.byCluster.get(clusterId) ?? [];
  }

  /** How much of a cluster's events any client needs now, or may need after a reconnect; `null`: nothing. */
  detail(clusterId: string, now: number): Detail | null {
    const clients = this.byCluster.get(clusterId);
    if (clients !== undefined) return watchedAs(clients);
    const left = this.lingering.get(clusterId);
    return left !== undefined && left.until > now ? left.detail : null;
  }

  /** The clusters that are watched now, by detail. */
  watched(): Readonly<Record<Detail, readonly string[]>> {
    const ids: Record<Detail, string[]> = { full: [], summary: [] };
    for (const [clusterId, clients] of this.byCluster) ids[watchedAs(clients)].push(clusterId);
    return ids;
  }

  /** Forgets clusters that no client reconnected for. @returns whether anything is left */
  prune(now: number): boolean {
    for (const [clusterId, { until }] of this.lingering) if (until <= now) this.lingering.delete(clusterId);
    return this.byCluster.size > 0 || this.lingering.size > 0;
  }
}

function watchedAs(clients: Iterable<{ readonly summary: boolean }>): Detail {
  for (const { summary } of clients) if (!summary) return 'full';
  return 'summary';
}
