// Runs the embedded TimescaleDB on its own thread, so that it never blocks the event loop. Erasable types only, and
// imports with real file names: in tests Node loads this file without a build.
import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketHandler } from '@electric-sql/pglite-socket';
import { timescaledb } from '@electric-sql/pglite/timescaledb';

export interface EmbeddedWorkerData {
  /** Folder of the data, or `null` to keep it in memory. */
  readonly dataDir: string | null;
  /** A dump of a data folder to start from. */
  readonly loadFrom: string | null;
  readonly socketPath: string;
}

export type EmbeddedWorkerRequest =
  { readonly type: 'stop' | 'crash' } | { readonly type: 'dump'; readonly file: string };

export interface EmbeddedWorkerReport {
  readonly type: 'ready' | 'dumped' | 'stopped';
}

// Settings of a normal server, instead of PGlite's.
const SESSION = [
  `SET search_path TO "$user", public`,
  `SET enable_seqscan TO on`,
  `SET client_min_messages TO notice`,
].join('; ');

const port = parentPort;
if (port === null) throw new Error('this file is the start of a worker thread');
const data = workerData as EmbeddedWorkerData;

const database = await PGlite.create({
  ...(data.dataDir === null ? {} : { dataDir: data.dataDir }),
  ...(data.loadFrom === null ? {} : { loadDataDir: await openAsBlob(data.loadFrom) }),
  extensions: { timescaledb },
});
// Nothing preloads libraries here; without the loader a reopened database lacks compression, retention and aggregates.
await database.exec(`LOAD 'timescaledb'`);
const connections = new Set<Socket>();
const server = createServer((socket) => {
  connections.add(socket);
  socket.once('close', () => connections.delete(socket));
  // Until its turn there is no other listener, and an unhandled 'error' event would end the thread.
  socket.on('error', () => socket.destroy());
  const handler = new PGLiteSocketHandler({ db: guarded(database, socket), closeOnDetach: true });
  void handler.attach(socket);
});
await new Promise<void>((resolve) => server.listen(data.socketPath, resolve));

port.on('message', (request: EmbeddedWorkerRequest) => {
  if (request.type === 'crash') throw new Error('the database failed');
  void handle(request);
});
report('ready');

async function handle(request: EmbeddedWorkerRequest): Promise<void> {
  if (request.type === 'dump') {
    const dump = await database.dumpDataDir('none');
    await writeFile(request.file, Buffer.from(await dump.arrayBuffer()));
    report('dumped');
    return;
  }
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of connections) socket.destroy();
  await closed;
  await database.close();
  report('stopped');
}

function report(type: EmbeddedWorkerReport['type']): void {
  port?.postMessage({ type } satisfies EmbeddedWorkerReport);
}

/**
 * The database as one connection sees it. The socket handler alone would be dangerous:
 *
 * - It forwards each chunk of the socket, and a partial message crashes the database: bulk statements are longer
 *   than one chunk. So only whole messages are forwarded.
 * - The database reads its input in blocks, and treats a message that ends at a block's end as the last one: the rest of the statement is never
 *   executed, and the client waits forever. So what follows such a message is passed separately.
 * - All connections share the database's one session, one after the other. A transaction that a connection left open would
 *   include the statements of the next one, so the session is reset for each.
 * - It calls `execProtocolRaw`, which retains every row that it ever returned (see `exchange`).
 * - When the database itself fails, it closes the connection and continues with a broken database. The thread ends
 *   instead, and is restarted from the data on disk.
 */
function guarded(inner: PGlite, socket: Socket): PGlite {
  const wholeMessages = framing();
  let before: Promise<unknown> = Promise.resolve();
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'runExclusive') {
        // Waits for this connection's turn; `work` takes as long as the connection.
        return async (work: () => Promise<unknown>) =>
          target.runExclusive(async () => {
            await orEnd(resetSession(target));
            if (!socket.destroyed) await work().catch(() => undefined);
          });
      }
      if (name === 'execProtocolRaw') {
        return async (chunk: Uint8Array) => {
          const parts = wholeMessages(chunk);
          // Later messages wait until all parts of earlier ones are answered.
          const answered = before.then(async () => {
            const answers: Uint8Array[] = [];
            // The buffer of an answer is reused: each answer is copied before the next call.
            for (const part of parts) answers.push((await orEnd(exchange(target, part))).slice());
            const [only, ...others] = answers;
            return only !== undefined && others.length === 0 ? only : new Uint8Array(Buffer.concat(answers));
          });
          before = answered.catch(() => undefined);
          return answered;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function resetSession(target: PGlite): Promise<void> {
  const sync = Buffer.from([0x53, 0, 0, 0, 4]);
  await exchange(target, new Uint8Array(Buffer.concat([sync, simpleQuery('ROLLBACK')])));
  await exchange(target, new Uint8Array(simpleQuery('DISCARD ALL')));
  await exchange(target, new Uint8Array(simpleQuery(SESSION)));
}

/**
 * Sends protocol messages and returns the bytes of the answer. `execProtocolRaw` also parses the answer and retains every row until
 * the next call of another method, which never happens here: `execProtocol` starts and ends with an empty list.
 */
async function exchange(target: PGlite, messages: Uint8Array): Promise<Uint8Array> {
  return (await target.execProtocol(messages, { throwOnError: false })).data;
}

function simpleQuery(sql: string): Buffer {
  const message = Buffer.alloc(sql.length + 6);
  message.write('Q');
  message.writeUInt32BE(sql.length + 5, 1);
  message.write(sql, 5);
  return message;
}

/** An error here is one of the database itself; errors of statements are answers to the client. */
async function orEnd<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
    throw error;
  }
}

/** Size of a block that the database reads, in bytes. */
const BLOCK_BYTES = 8192;

/**
 * Assembles the messages of one connection from chunks.
 *
 * @returns a function that takes the next chunk and returns the complete messages, in parts; within a part, only the last message may end at the end of a
 *   block
 */
function framing(): (chunk: Uint8Array) => Uint8Array[] {
  let chunks: Uint8Array[] = [];
  let length = 0;
  // Bytes needed before parsing again, so that a large statement is not copied for each chunk.
  let needed = 0;
  let started = false;

  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < needed) return [];
    const all = Buffer.concat(chunks);
    let from = 0;
    const parts = endsOfParts(all).map((end) => {
      const part = new Uint8Array(all.subarray(from, end));
      from = end;
      return part;
    });
    chunks = from < all.length ? [all.subarray(from)] : [];
    length = all.length - from;
    return parts;
  };

  function endsOfParts(all: Buffer): number[] {
    const ends: number[] = [];
    let end = 0;
    for (;;) {
      // The first message of a connection has no type byte; every message has its length.
      const lengthAt = started ? end + 1 : end;
      const head = lengthAt + (started ? 4 : 8);
      const size = all.length < head ? 0 : all.readUInt32BE(lengthAt);
      if (all.length >= head && size < 4) throw new Error('the client does not speak the protocol of PostgreSQL');
      const next = Math.max(head, lengthAt + size);
      needed = next - end;
      const from = ends.at(-1) ?? 0;
      if (all.length < next) return end > from ? [...ends, end] : ends;
      started ||= all.readUInt32BE(lengthAt + 4) >> 16 === 3;
      end = next;
      if ((end - from) % BLOCK_BYTES === 0) ends.push(end);
    }
  }
}
