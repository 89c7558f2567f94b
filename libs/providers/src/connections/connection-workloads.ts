import { Injectable } from '@nestjs/common';
import { type Caller, forChange } from '#auth';
import { ConflictError, UnavailableError } from '#http';
import { ProviderError, type WorkloadList, type WorkloadQuery } from '../sdk/index.js';
import { ProviderSessions } from '../session/provider-sessions.js';
import { ConnectionDirectory } from './connection-directory.js';
import type { Connection } from './connection.js';
import { ConnectionsService } from './connections.service.js';

/** What stands at a stored connection. */
export interface ConnectedWorkloads extends WorkloadList {
  readonly connection: Connection;
  /** The provider that scales it. */
  readonly type: string;
}

/** What the systems behind stored connections could scale, listed on demand. */
@Injectable()
export class ConnectionWorkloads {
  constructor(
    private readonly connections: ConnectionsService,
    private readonly directory: ConnectionDirectory,
    private readonly sessions: ProviderSessions,
  ) {}

  /**
   * @throws NotFoundError where the caller may not use the connection; ConflictError where its provider lists nothing; UnavailableError
   * where it fails
   */
  async list(caller: Caller, name: string, query: WorkloadQuery): Promise<ConnectedWorkloads> {
    // Listing sends the credentials of the connection: reading what belongs to others is not enough.
    const connection = await this.connections.get(forChange(caller), name);
    // A session of this version may have to be opened, in the place of one before.
    await this.directory.refresh();
    try {
      const way = this.sessions.connectionTo(connection);
      const list = await way.workloads(query, new AbortController().signal);
      if (list !== null) return { ...list, connection, type: way.definition.type };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      throw new UnavailableError('workloads_unknown', `cannot list the workloads of ${name}: ${error.message}`);
    }
    throw new ConflictError(
      'no_workloads',
      `connections of the type ${connection.type} list no workloads; use one of the type kubernetes`,
    );
  }
}
