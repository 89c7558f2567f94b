import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedDatabase } from '#database/testing';
import { eventually } from '../../support/eventually.js';
import { freePorts } from '../../support/programs.js';
import { binary } from './binaries.js';

export const DATABASE = 'autoscaler';

/** A pooler in transaction mode before an embedded database, which serves one connection: so that several processes can share it. */
export class PgBouncer {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  static async start({ connection }: EmbeddedDatabase): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'ops-pgbouncer-'));
    const [port] = (await freePorts(1)) as [number];
    writeFileSync(
      join(folder, 'pgbouncer.ini'),
      [
        '[databases]',
        `${DATABASE} = host=${connection.host} port=${connection.port} dbname=${connection.database} user=${connection.user}`,
        '[pgbouncer]',
        'listen_addr = 127.0.0.1',
        `listen_port = ${port}`,
        'unix_socket_dir =',
        'auth_type = any',
        'pool_mode = transaction',
        'default_pool_size = 1',
        'max_client_conn = 200',
        'server_idle_timeout = 0',
        'server_lifetime = 86400',
        'ignore_startup_parameters = extra_float_digits,statement_timeout',
      ].join('\n'),
    );
    const identity = unprivileged();
    if (identity.uid !== undefined) {
      // It refuses to run as root, and the socket's folder is for who made it.
      const { uid, gid = uid } = identity;
      for (const path of [folder, join(folder, 'pgbouncer.ini'), connection.host]) chownSync(path, uid, gid);
      for (const name of readdirSync(connection.host)) chownSync(join(connection.host, name), uid, gid);
    }
    const child = spawn(binary('pgbouncer'), [join(folder, 'pgbouncer.ini')], {
      ...identity,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const pooler = new PgBouncer(port, folder, child);
    try {
      await eventually('the pooler is up', () => {
        if (child.exitCode !== null) throw new Error(`pgbouncer ended: ${output.join('')}`);
        return output.join('').includes('process up');
      });
    } catch (error) {
      await pooler.stop();
      throw error;
    }
    return pooler;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGQUIT');
      await exit;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
