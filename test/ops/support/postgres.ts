import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../../support/programs.js';
import { binary } from './binaries.js';
import type { Certificate } from './certificates.js';
import { Neighbor, own, unprivileged } from './neighbor.js';

export const PASSWORD = 'only-in-this-test';
/** The name that deploy/postgres/init.sh expects. */
const DATABASE = 'autoscaler';

interface ServerOptions {
  /** Its certificate; without one the server has no TLS. */
  readonly certificate?: Certificate;
  readonly settings?: readonly string[];
  /** `hostssl` rejects connections without TLS. */
  readonly access?: 'host' | 'hostssl';
  /** Extensions that can be created in it, by name, as SQL. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** A temporary PostgreSQL server on loopback, with the superuser `postgres`. */
export class PostgresServer {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly server: Neighbor,
  ) {}

  static async start({
    certificate,
    settings = [],
    access = 'host',
    extensions = {},
  }: ServerOptions = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'ops-postgres-'));
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(folder, 'password'), PASSWORD);
    const identity = unprivileged();
    own([folder, data, join(folder, 'password')], identity);
    const program = Object.keys(extensions).length === 0 ? binary : installationWith(extensions, folder);
    execFileSync(
      program('initdb'),
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
      return new PostgresServer(port, folder, await Neighbor.start(program('postgres'), ['-D', data], options));
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

  /**
   * Creates the service's database, and runs deploy/postgres/init.sh on it as in docs/deployment.md.
   *
   * @param passwords of the service's role and of the owner's @param env additional variables
   */
  async initialize(
    passwords: { readonly service: string; readonly owner: string },
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.administer('postgres', `CREATE DATABASE ${DATABASE}`);
    execFileSync('sh', ['deploy/postgres/init.sh'], {
      env: {
        PATH: [dirname(binary('psql')), process.env['PATH']].join(delimiter),
        PGHOST: '127.0.0.1',
        PGPORT: String(this.port),
        PGPASSWORD: PASSWORD,
        DB_PASSWORD: passwords.service,
        DB_OWNER_PASSWORD: passwords.owner,
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  async stop(): Promise<void> {
    // Immediate: nothing is kept.
    await this.server.stop('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Copies the necessary parts of the installation and adds extensions to the copy: the programs find their files
 * relative to themselves.
 *
 * @returns path of a program of the copy
 */
function installationWith(extensions: Readonly<Record<string, string>>, folder: string): (name: string) => string {
  const root = join(folder, 'installation');
  const installed = (kind: string): string =>
    execFileSync(binary('pg_config'), [`--${kind}`], { encoding: 'utf8' }).trim();
  const bin = join(root, installed('bindir'));
  mkdirSync(bin, { recursive: true });
  for (const name of ['initdb', 'postgres']) copyFileSync(join(installed('bindir'), name), join(bin, name));
  symlinkSync(installed('pkglibdir'), join(root, installed('pkglibdir')));
  const share = join(root, installed('sharedir'));
  cpSync(installed('sharedir'), share, { recursive: true });
  for (const [name, sql] of Object.entries(extensions)) {
    writeFileSync(join(share, 'extension', `${name}.control`), `default_version = '1'\n`);
    writeFileSync(join(share, 'extension', `${name}--1.sql`), sql);
  }
  return (name) => join(bin, name);
}
