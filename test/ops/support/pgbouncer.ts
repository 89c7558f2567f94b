import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { EmbeddedDatabase } from '#database/testing';
import { freePorts } from '../../support/programs.js';
import { Neighbor, own, unprivileged } from './neighbor.js';

export const DATABASE = 'autoscaler';

/**
 * A pooler in transaction mode in front of an embedded database, which serves one connection, so that several processes
 * can share it.
 */
export class PgBouncer {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly server: Neighbor,
  ) {}

  static async start({ connection }: Pick<EmbeddedDatabase, 'connection'>): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
    const [port] = (await freePorts(1)) as [number];
    const file = join(folder, 'pgbouncer.ini');
    const lines = [
      '[databases]',
      `${DATABASE} = host=${connection.host} port=${connection.port} dbname=${connection.database} user=${connection.user}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      'default_pool_size = 1',
      'max_client_conn = 500',
      // The one connection is kept open.
      'server_idle_timeout = 0',
      'server_lifetime = 86400',
      'server_login_retry = 1',
      // A client that pauses within a transaction must not block the others.
      'idle_transaction_timeout = 10',
      'ignore_startup_parameters = extra_float_digits,statement_timeout',
      'log_connections = 0',
      'log_disconnections = 0',
    ];
    writeFileSync(file, lines.join('\n'));
    const identity = unprivileged();
    // The socket's folder is accessible to its creator only.
    const sockets = readdirSync(connection.host).map((name) => join(connection.host, name));
    own([folder, file, connection.host, ...sockets], identity);
    try {
      const server = await Neighbor.start('pgbouncer', [file], { identity, cwd: folder, isUp: 'process up' });
      return new PgBouncer(port, folder, server);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number {
    return this.server.pid;
  }

  /** Runs a statement over a separate connection. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, user: 'autoscaler', database: DATABASE });
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    // Immediate: does not wait for clients.
    await this.server.stop('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
