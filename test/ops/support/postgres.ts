import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../../support/programs.js';
import { binary } from './binaries.js';
import type { Certificate } from './certificates.js';
import { Neighbour, own, unprivileged } from './neighbour.js';

export const PASSWORD = 'only-in-this-test';

interface ServerOptions {
  /** What the server shows; without one it speaks no TLS. */
  readonly certificate?: Certificate;
  readonly settings?: readonly string[];
  /** `hostssl` refuses whoever comes without TLS. */
  readonly access?: 'host' | 'hostssl';
}

/** A PostgreSQL server of a test's own, on loopback, with a superuser called `postgres`. */
export class PostgresServer {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly server: Neighbour,
  ) {}

  static async start({ certificate, settings = [], access = 'host' }: ServerOptions = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'ops-postgres-'));
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(folder, 'password'), PASSWORD);
    const identity = unprivileged();
    own([folder, data, join(folder, 'password')], identity);
    execFileSync(
      binary('initdb'),
      ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${folder}/password`],
      {
        ...identity,
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const [port] = (await freePorts(1)) as [number];
    const lines = [
      `port = ${port}`,
      `listen_addresses = '127.0.0.1'`,
      `unix_socket_directories = '${folder}'`,
      'fsync = off',
      ...settings,
    ];
    if (certificate !== undefined) {
      for (const [file, name] of [
        [certificate.cert, 'server.crt'],
        [certificate.key, 'server.key'],
      ] as const) {
        copyFileSync(file, join(data, name));
        chmodSync(join(data, name), 0o600);
        own([join(data, name)], identity);
      }
      lines.push('ssl = on');
    }
    appendFileSync(join(data, 'postgresql.conf'), `\n${lines.join('\n')}\n`);
    writeFileSync(join(data, 'pg_hba.conf'), `${access} all all 127.0.0.1/32 scram-sha-256\n`);
    try {
      const options = { identity, cwd: folder, isUp: 'ready to accept connections' };
      return new PostgresServer(port, folder, await Neighbour.start('postgres', ['-D', data], options));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs statements as the superuser. */
  async administer(database: string, ...statements: string[]): Promise<pg.QueryResult[]> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.port,
      user: 'postgres',
      password: PASSWORD,
      database,
    });
    await client.connect();
    try {
      const results: pg.QueryResult[] = [];
      for (const statement of statements) results.push(await client.query(statement));
      return results;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    // Immediate: nothing of it is kept.
    await this.server.stop('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
