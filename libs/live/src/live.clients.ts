import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { type Detail, type Interest, named } from './interest.js';
import type { ClientCounts, LiveClient } from './live.client.js';
import { Watchers } from './watchers.js';

/** The clients of this instance, and which cluster each watches. */
@Injectable()
export class LiveClients {
  readonly counts: ClientCounts = { sent: 0, dropped: 0, slow: 0 };
  /** Called when the subscriptions have changed. */
  onInterest: () => void = () => undefined;
  private readonly clients = new Set<LiveClient>();
  private readonly watchers: Watchers<LiveClient>;

  constructor(
    private readonly clock: Clock,
    @Inject(APP_CONFIG) { websocket }: AppConfig,
  ) {
    this.watchers = new Watchers(websocket.replayWindow);
  }

  get all(): readonly LiveClient[] {
    return [...this.clients];
  }

  get size(): number {
    return this.clients.size;
  }

  add(client: LiveClient): void {
    this.clients.add(client);
  }

  remove(client: LiveClient): void {
    for (const id of client.clusters) this.unwatch(client, id);
    this.clients.delete(client);
  }

  /** Whether a client subscribed to every cluster that it may see, new ones too. */
  wantEverything(client: LiveClient, everything: boolean): void {
    client.everything = everything;
    this.onInterest();
  }

  watch(client: LiveClient, clusterId: string): void {
    if (!client.socket.connected) return;
    client.clusters.add(clusterId);
    this.watchers.add(clusterId, client);
    this.onInterest();
  }

  unwatch(client: LiveClient, clusterId: string): void {
    client.clusters.delete(clusterId);
    this.watchers.remove(clusterId, client, this.clock.now());
    this.onInterest();
  }

  watching(clusterId: string): Iterable<LiveClient> {
    return this.watchers.of(clusterId);
  }

  /** How much of a cluster's events any client needs now, or may need after a reconnect; `null`: nothing. */
  detail(clusterId: string, now: number): Detail | null {
    return this.watchers.detail(clusterId, now);
  }

  /** What they need from other instances. */
  interest(): Interest {
    const { full, summary } = this.watchers.watched();
    return { full: named(full), summary: named(summary), everything: this.all.some(({ everything }) => everything) };
  }

  /** Forgets clusters that no client reconnected for. @returns whether there is a client, or one may still reconnect */
  prune(): boolean {
    return this.watchers.prune(this.clock.now()) || this.clients.size > 0;
  }
}
