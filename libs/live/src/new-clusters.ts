import { Injectable } from '@nestjs/common';
import { LiveClients } from './live.clients.js';
import { VisibleClusters } from './visible-clusters.js';

/** New clusters are looked up together. */
const GATHER_MS = 20;

/** New clusters: subscribed for clients that want all clusters and may see them. */
@Injectable()
export class NewClusters {
  /** Clusters that were checked already for clients that want all. */
  private readonly known = new Set<string>();
  private waiting: string[] = [];

  constructor(
    private readonly clients: LiveClients,
    private readonly visible: VisibleClusters,
  ) {}

  isKnown(id: string): boolean {
    return this.known.has(id);
  }

  /** Marks clusters as known. */
  know(ids: Iterable<string>): void {
    for (const id of ids) this.known.add(id);
  }

  /** Handles clusters that are new. */
  introduce(ids: readonly string[]): void {
    const strangers = ids.filter((id) => !this.known.has(id));
    if (strangers.length === 0) return;
    this.know(strangers);
    if (this.waiting.length === 0) setTimeout(() => void this.show(), GATHER_MS).unref();
    this.waiting.push(...strangers);
  }

  forget(): void {
    this.known.clear();
  }

  private async show(): Promise<void> {
    const ids = this.waiting.splice(0);
    for (const client of this.clients.all) {
      if (!client.everything) continue;
      const visible = await this.visible.of(client.session.principal, ids).catch((): string[] => []);
      for (const id of visible) if (!client.clusters.has(id)) this.clients.watch(client, id);
    }
  }
}
