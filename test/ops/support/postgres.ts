import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from '../../support/eventually.js';
import { freePorts } from '../../support/programs.js';
import { binary } from './binaries.js';
import type { Certificate } from './certificates.js';

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
    private readonly child: ChildProcess,
  ) {}

  static async start({ certificate, settings = [], access = 'host' }: ServerOptions = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'ops-postgres-'));
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(folder, 'password'), PASSWORD);
    const identity = unprivileged();
    for (const path of [folder, data, join(folder, 'password')]) own(path, identity);
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
        own(join(data, name), identity);
      }
      lines.push('ssl = on');
    }
    appendFileSync(join(data, 'postgresql.conf'), `\n${lines.join('\n')}\n`);
    writeFileSync(join(data, 'pg_hba.conf'), `${access} all all 127.0.0.1/32 scram-sha-256\n`);
    const child = spawn(binary('postgres'), ['-D', data], {
      ...identity,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const server = new PostgresServer(port, folder, child);
    try {
      await eventually('the server is up', () => {
        if (child.exitCode !== null) throw new Error(`postgres ended: ${output.join('')}`);
        return output.join('').includes('ready to accept connections');
      });
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
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
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      // Immediate: nothing of it is kept.
      this.child.kill('SIGQUIT');
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Identity = { readonly uid?: number; readonly gid?: number };

/** The server refuses to run as root; where the tests do, it runs as the user that the package made. */
function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function own(path: string, { uid, gid }: Identity): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
