import { Injectable } from '@nestjs/common';
import { actorOf, AuditService, type Caller } from '#auth';
import { ProviderError } from '../sdk/index.js';
import { ProviderSessions } from '../session/provider-sessions.js';
import { ConnectionDirectory } from './connection-directory.js';
import type { ConnectionTestDto } from './connection.dto.js';
import type { Connection } from './connection.js';
import { ConnectionsService } from './connections.service.js';

/** Tests of stored connections, on demand; each is audited with its outcome. */
@Injectable()
export class ConnectionTests {
  constructor(
    private readonly connections: ConnectionsService,
    private readonly directory: ConnectionDirectory,
    private readonly sessions: ProviderSessions,
    private readonly audit: AuditService,
  ) {}

  /** @throws NotFoundError where the caller may not use it */
  async run(caller: Caller, name: string): Promise<ConnectionTestDto> {
    const connection = await this.connections.get(caller, name);
    // A session of this version may have to be opened, in the place of one before.
    await this.directory.refresh();
    const result = await this.outcomeOf(connection);
    const { reachable, error, identity, version } = result;
    await this.audit.record({
      ...actorOf(caller),
      action: 'connection.test',
      outcome: reachable ? 'success' : 'failure',
      targetType: 'connection',
      targetId: connection.id,
      after: { name, reachable, error, identity, version },
    });
    return result;
  }

  private async outcomeOf(connection: Connection): Promise<ConnectionTestDto> {
    try {
      const report = await this.sessions.connectionTo(connection).check(new AbortController().signal);
      const { identity = null, version = null, missing = [] } = report ?? {};
      return {
        reachable: true,
        error: null,
        tested: report !== null,
        identity,
        version,
        missing: missing.map(({ right, neededFor }) => ({ right, needed_for: neededFor })),
      };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { message } = error;
      return { reachable: false, error: message, tested: true, identity: null, version: null, missing: [] };
    }
  }
}
