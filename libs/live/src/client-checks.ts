import { Injectable } from '@nestjs/common';
import { onlyOwner, TokenService } from '#auth';
import { FanOut } from './fan-out.js';
import type { LiveClient } from './live.client.js';
import { LiveClients } from './live.clients.js';
import { VisibleClusters } from './visible-clusters.js';

/** Logins that ended, accounts that are gone or disabled, roles and scopes that were changed are noticed within this time. */
const LOGINS_EVERY_MS = 1000;
/** Clusters that were deleted are noticed within this time. */
const CLUSTERS_EVERY_MS = 15_000;

/** Checks periodically whether the logins of open sockets are valid, and what each may see. */
@Injectable()
export class ClientChecks {
  private stopped = false;
  private logins: NodeJS.Timeout | undefined;
  private clusters: NodeJS.Timeout | undefined;

  constructor(
    private readonly clients: LiveClients,
    private readonly fanOut: FanOut,
    private readonly tokens: TokenService,
    private readonly visible: VisibleClusters,
  ) {}

  start(): void {
    this.scheduleLogins();
    this.scheduleClusters();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.logins);
    clearTimeout(this.clusters);
  }

  private scheduleLogins(): void {
    if (this.stopped) return;
    this.logins = setTimeout(
      () => void this.checkLogins().finally(() => this.scheduleLogins()),
      LOGINS_EVERY_MS,
    ).unref();
  }

  private scheduleClusters(): void {
    if (this.stopped) return;
    this.clusters = setTimeout(
      () => void this.checkClusters().finally(() => this.scheduleClusters()),
      CLUSTERS_EVERY_MS,
    ).unref();
  }

  /** One statement for all of them. It also finds logins that were ended at another instance. */
  private async checkLogins(): Promise<void> {
    const clients = this.clients.all;
    if (clients.length === 0) return;
    // An unreachable database ends no login.
    const sessions = await this.tokens.recheck(clients.map(({ session }) => session)).catch(() => null);
    for (const [index, client] of clients.entries()) {
      const session = sessions?.[index];
      if (session === null) client.socket.disconnect(true);
      if (session === null || session === undefined) continue;
      const changed = onlyOwner(session.principal) !== onlyOwner(client.session.principal);
      client.session = session;
      if (changed) await this.checkClustersOf(client);
    }
  }

  private async checkClusters(): Promise<void> {
    this.fanOut.rest();
    for (const client of this.clients.all) await this.checkClustersOf(client);
  }

  private async checkClustersOf(client: LiveClient): Promise<void> {
    const asked = client.everything ? null : [...client.clusters];
    // While the database is unreachable, clients keep what they may see.
    const ids = await this.visible.of(client.session.principal, asked).catch(() => null);
    if (ids === null) return;
    const visible = new Set(ids);
    if (client.everything) for (const id of visible) if (!client.clusters.has(id)) this.clients.watch(client, id);
    for (const id of client.clusters) if (!visible.has(id)) this.clients.unwatch(client, id);
  }
}
