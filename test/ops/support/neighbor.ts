import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { eventually } from '../../support/eventually.js';
import { binary } from './binaries.js';

/** User that a program runs as; empty: the current user. */
export type Identity = { readonly uid?: number; readonly gid?: number };

export interface NeighborOptions {
  /** Output, or a condition, that shows that it serves. */
  readonly isUp: string | (() => Promise<boolean>);
  readonly identity?: Identity;
  readonly cwd?: string;
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A server of a Debian package that the service works with, started and stopped by the test. */
export class Neighbor {
  private readonly printed: string[] = [];

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param name of the program, or its path @throws Error with its output if it ends instead of serving */
  static async start(
    name: string,
    args: readonly string[],
    { isUp, identity = {}, cwd = process.cwd(), env = {} }: NeighborOptions,
  ): Promise<Neighbor> {
    const options = { ...identity, cwd, env: { ...process.env, ...env } };
    const child = spawn(isAbsolute(name) ? name : binary(name), args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const neighbor = new Neighbor(name, child);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => neighbor.printed.push(chunk.toString()));
    try {
      await eventually(`${name} is up`, async () => {
        if (neighbor.hasEnded) throw new Error(`${name} ended: ${neighbor.output}`);
        return typeof isUp === 'string' ? neighbor.output.includes(isUp) : isUp();
      });
    } catch (error) {
      await neighbor.stop('SIGKILL');
      throw error;
    }
    return neighbor;
  }

  /** Its whole output. */
  get output(): string {
    return this.printed.join('');
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} was not started`);
    return this.child.pid;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/**
 * For servers that refuse to run as root: if root runs the tests, the user created by Debian's PostgreSQL and PgBouncer
 * packages.
 */
export function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Changes the owner of files to the user that must read them. */
export function own(paths: readonly string[], { uid, gid }: Identity): void {
  if (uid === undefined || gid === undefined) return;
  for (const path of paths) chownSync(path, uid, gid);
}
