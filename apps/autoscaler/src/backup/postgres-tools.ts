import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { AppConfig } from '#config';
import { OperationalError } from '../operational.error.js';

/** Where Linux distributions store the trusted certificate authorities. */
const SYSTEM_AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

type Tool = 'pg_dump' | 'pg_restore';
type DatabaseConfig = AppConfig['database'];

/**
 * Runs a PostgreSQL client program against the configured server. The password is passed in the environment, which
 * other users cannot read.
 */
export class PostgresTool {
  private constructor(
    private readonly tool: Tool,
    private readonly child: ChildProcess,
    private readonly complaints: Promise<string>,
  ) {}

  /** @throws OperationalError if the program is not installed */
  static async start(tool: Tool, args: readonly string[], config: DatabaseConfig): Promise<PostgresTool> {
    const child = spawn(tool, args, { env: { PATH: process.env['PATH'] ?? '', ...environmentOf(config) } });
    const complaints = text(child.stderr);
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new OperationalError(
        `${tool} cannot be run: ${(error as Error).message}; install the client programs of PostgreSQL, of the server's version or a later one`,
        { cause: error },
      );
    }
    return new PostgresTool(tool, child, complaints);
  }

  /** Its standard output. */
  get output(): Readable {
    return this.child.stdout as Readable;
  }

  /** Writes `content` to its standard input; stops early if the program ends without reading all of it. */
  async feed(content: Readable): Promise<void> {
    if (this.child.stdin === null) throw new Error('it reads nothing');
    await pipeline(content, this.child.stdin).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  }

  /** Kills the program and discards its output. */
  stop(): void {
    this.child.kill();
    this.child.stdout?.destroy();
  }

  /** @throws OperationalError with the end of its error output if it failed */
  async finished(): Promise<void> {
    const code = this.child.exitCode ?? ((await once(this.child, 'close')) as [number | null])[0];
    const complaints = (await this.complaints).trim();
    if (code !== 0) throw new OperationalError(`${this.tool} failed: ${lastLines(complaints)}`);
  }
}

function lastLines(complaints: string): string {
  const lines = complaints.split('\n').filter((line) => !line.includes('warning:') && !line.includes('circular'));
  return lines.slice(-5).join('; ');
}

function environmentOf({ host, port, user, password, name, sslMode, sslCaFile, connectTimeout }: DatabaseConfig) {
  const verifies = sslMode === 'verify-ca' || sslMode === 'verify-full';
  const authorities = sslCaFile === '' && verifies ? SYSTEM_AUTHORITIES.find((file) => existsSync(file)) : sslCaFile;
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: name,
    PGSSLMODE: sslMode,
    PGCONNECT_TIMEOUT: String(Math.max(2, Math.ceil(connectTimeout / 1000))),
    PGAPPNAME: 'autoscaler',
    ...(authorities === undefined || authorities === '' ? {} : { PGSSLROOTCERT: authorities }),
  };
}
