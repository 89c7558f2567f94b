import { createHash } from 'node:crypto';
import { on, once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DatabaseError } from '../database.error.js';
import type { EmbeddedWorkerData, EmbeddedWorkerReport, EmbeddedWorkerRequest } from './embedded.worker.js';
import { FolderLock } from './folder-lock.js';

/** The port in the name of the socket file; nothing listens on the network. */
const PORT = 5432;
const FIRST_RELAUNCH_DELAY_MS = 500;
const MAX_RELAUNCH_DELAY_MS = 30_000;
const OPTIONAL_PACKAGES = ['@electric-sql/pglite', '@electric-sql/pglite-socket'];

export interface EmbeddedOptions {
  /** Folder of the data, or `memory`. */
  readonly dataDir: string;
  /** A dump of `dump()` to start from; only for an empty database. */
  readonly loadFrom?: string;
  readonly onCrash?: (error: Error) => void;
}

/**
 * TimescaleDB compiled to WebAssembly, on a worker thread, behind a Unix socket in a folder that only this user can enter.
 * It serves one connection at a time. When its thread dies it is restarted; committed data is kept.
 */
export class EmbeddedDatabase {
  private worker: Worker | undefined;
  private stopping = false;
  private nextLaunch: NodeJS.Timeout | undefined;

  private constructor(
    private readonly options: EmbeddedOptions,
    private readonly socketFolder: string,
    private readonly lock: FolderLock | undefined,
  ) {}

  /** @throws DatabaseError when its packages are missing or its folder is in use */
  static async start(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
    requirePackages();
    const inMemory = options.dataDir === 'memory';
    const folder = resolve(options.dataDir);
    const lock = inMemory ? undefined : FolderLock.acquire(folder);
    const database = new EmbeddedDatabase(
      options,
      inMemory ? mkdtempSync(join(tmpdir(), 'autoscaler-db-')) : socketFolderOf(folder),
      lock,
    );
    try {
      await database.launch();
    } catch (error) {
      await database.stop();
      throw error;
    }
    return database;
  }

  /** How `pg` reaches it. */
  get connection(): { readonly host: string; readonly port: number; readonly user: string; readonly database: string } {
    return { host: this.socketFolder, port: PORT, user: 'postgres', database: 'template1' };
  }

  /** Writes the whole database to a file that `loadFrom` reads. */
  async dump(file: string): Promise<void> {
    if (this.worker === undefined) throw new DatabaseError('the embedded database is not running');
    const dumped = reported(this.worker, 'dumped');
    this.worker.postMessage({ type: 'dump', file } satisfies EmbeddedWorkerRequest);
    await dumped;
  }

  /** Bytes of objects that its thread holds, garbage included; the memory of the database itself is apart. */
  async heapBytes(): Promise<number> {
    if (this.worker === undefined) throw new DatabaseError('the embedded database is not running');
    return (await this.worker.getHeapStatistics()).used_heap_size;
  }

  /**
   * Lets its thread fail, for tests of the recovery. It is not terminated from here: in the middle of WebAssembly that
   * can corrupt the memory of the whole process.
   */
  async crash(): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    const ended = new Promise((done) => worker.once('exit', done));
    worker.postMessage({ type: 'crash' } satisfies EmbeddedWorkerRequest);
    await ended;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.nextLaunch);
    const { worker } = this;
    this.worker = undefined;
    if (worker !== undefined) {
      const stopped = reported(worker, 'stopped');
      worker.postMessage({ type: 'stop' } satisfies EmbeddedWorkerRequest);
      // A thread that crashes while stopping needs no further action.
      await stopped.catch(() => undefined);
      await worker.terminate();
    }
    rmSync(this.socketFolder, { recursive: true, force: true });
    this.lock?.release();
  }

  private async launch(): Promise<void> {
    const { dataDir, loadFrom } = this.options;
    const socketPath = join(this.socketFolder, `.s.PGSQL.${PORT}`);
    rmSync(socketPath, { force: true });
    const finished = dataDir === 'memory' ? undefined : prepareFolder(resolve(dataDir));
    // Under test this file is TypeScript, and Node strips the types of the worker's source.
    const source = new URL(
      import.meta.url.endsWith('.ts') ? './embedded.worker.ts' : './embedded.worker.js',
      import.meta.url,
    );
    const workerData: EmbeddedWorkerData = {
      dataDir: dataDir === 'memory' ? null : resolve(dataDir),
      loadFrom: loadFrom ?? null,
      socketPath,
    };
    const worker = new Worker(source, { workerData, execArgv: [] });
    this.worker = worker;
    let crash = new Error('its thread ended');
    worker.on('error', (error) => {
      crash = error instanceof Error ? error : new Error(String(error));
    });
    try {
      await reported(worker, 'ready');
    } catch (error) {
      this.worker = undefined;
      const cause = error instanceof ThreadEnded ? crash : (error as Error);
      throw new DatabaseError(`the embedded database did not start: ${cause.message}`, { cause });
    }
    finished?.();
    chmodSync(socketPath, 0o600);
    worker.once('exit', () => this.relaunch(crash, 0));
  }

  private relaunch(crash: Error, delayMs: number): void {
    if (this.stopping) return;
    this.worker = undefined;
    this.options.onCrash?.(crash);
    this.nextLaunch = setTimeout(() => {
      this.launch().catch((error: unknown) =>
        this.relaunch(error as Error, Math.min(MAX_RELAUNCH_DELAY_MS, delayMs * 2 + FIRST_RELAUNCH_DELAY_MS)),
      );
    }, delayMs);
  }
}

class ThreadEnded extends Error {}

/** Resolves with the report of that type; rejects when the thread ends without it. */
async function reported(worker: Worker, type: EmbeddedWorkerReport['type']): Promise<void> {
  const listening = new AbortController();
  const { signal } = listening;
  const ended = once(worker, 'exit', { signal }).then(() => {
    throw new ThreadEnded('the thread of the embedded database ended');
  });
  const heard = (async () => {
    for await (const [report] of on(worker, 'message', { signal })) {
      if ((report as EmbeddedWorkerReport).type === type) return;
    }
  })();
  try {
    await Promise.race([heard, ended]);
  } finally {
    listening.abort();
    // The loser of the race ends with an AbortError.
    await Promise.allSettled([heard, ended]);
  }
}

function requirePackages(): void {
  const { resolve: find } = createRequire(import.meta.url);
  for (const name of OPTIONAL_PACKAGES) {
    try {
      find(name);
    } catch (error) {
      throw new DatabaseError(
        `the embedded database is not installed (${name} is missing); set database.host to a TimescaleDB server, or install the optional dependencies`,
        { cause: error },
      );
    }
  }
}

/**
 * Creates the folder if it is missing, and empties one with an incomplete database, which no process has written to yet.
 *
 * @returns a function to call once the database exists
 */
function prepareFolder(folder: string): () => void {
  const unfinished = `${folder}.unfinished`;
  // It holds password hashes.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(unfinished)) for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  if (readdirSync(folder).length === 0) writeFileSync(unfinished, '');
  return () => rmSync(unfinished, { force: true });
}

/** The same folder at each start, so that crashes leave at most one behind; short, as a socket path is limited to 107 characters. */
function socketFolderOf(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `autoscaler-db-${userInfo().uid}-${name}`);
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  // Fails when another user owns the folder, who could then impersonate the database.
  chmodSync(folder, 0o700);
  return folder;
}
