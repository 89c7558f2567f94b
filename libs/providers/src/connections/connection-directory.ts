import { Injectable } from '@nestjs/common';
import type { Connection } from './connection.js';
import { ConnectionRepository } from './connection.repository.js';

/** What the registry of providers knows of stored connections, without I/O. */
export interface KnownConnections {
  /** Rises whenever anything has changed. */
  readonly revision: number;
  find(name: string): Connection | undefined;
}

/** For providers alone, without any stored connection. */
export const NO_CONNECTIONS: KnownConnections = { revision: 0, find: () => undefined };

/** All connections, held in memory. */
@Injectable()
export class ConnectionDirectory implements KnownConnections {
  private byName: ReadonlyMap<string, Connection> = new Map();
  private fingerprint = '';
  private changes = 0;
  private refreshing: Promise<void> = Promise.resolve();

  constructor(private readonly repository: ConnectionRepository) {}

  get revision(): number {
    return this.changes;
  }

  find(name: string): Connection | undefined {
    return this.byName.get(name);
  }

  /** Takes over what has changed in the database; throws where that does not answer, and what was known stays. */
  async refresh(): Promise<void> {
    // One after another: an older answer must not replace a newer one.
    const refreshed = this.refreshing.then(async () => this.read());
    this.refreshing = refreshed.catch(() => undefined);
    return refreshed;
  }

  private async read(): Promise<void> {
    const fingerprint = await this.repository.fingerprint();
    if (fingerprint === this.fingerprint) return;
    const connections = await this.repository.all();
    this.byName = new Map(connections.map((connection) => [connection.name, connection]));
    this.fingerprint = fingerprint;
    this.changes += 1;
  }
}
