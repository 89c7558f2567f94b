// Runs the embedded TimescaleDB on a thread of its own, so that its CPU never holds up the loop. Erasable types only, and
// imports of ours with their real names: in tests Node loads this file as it stands.
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
  /** A dump of a data folder to begin with. */
  readonly loadFrom: string | null;
  readonly socketPath: string;
}

export type EmbeddedWorkerRequest = { readonly type: 'stop' } | { readonly type: 'dump'; readonly file: string };

export interface EmbeddedWorkerReport {
  readonly type: 'ready' | 'dumped' | 'stopped';
}

// PGlite starts PostgreSQL with settings of its own; these are a server's.
const SESSION = [
  `SET search_path TO "$user", public`,
  `SET enable_seqscan TO on`,
  `SET client_min_messages TO notice`,
].join('; ');

const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);
/** Messages after which the client waits until the database is ready again: `Sync` and `Query`. */
const ASKING: ReadonlySet<number> = new Set([0x53, 0x51]);
const READY_BYTES = 6;

const port = parentPort;
if (port === null) throw new Error('this file is the start of a worker thread');
const data = workerData as EmbeddedWorkerData;

const database = await PGlite.create({
  ...(data.dataDir === null ? {} : { dataDir: data.dataDir }),
  ...(data.loadFrom === null ? {} : { loadDataDir: await openAsBlob(data.loadFrom) }),
  extensions: { timescaledb },
});
// Nothing preloads libraries here; without the loader a database that is opened again lacks compression, retention and aggregates.
await database.exec(`LOAD 'timescaledb'`);
const connections = new Set<Socket>();
const server = createServer((socket) => {
  connections.add(socket);
  socket.once('close', () => connections.delete(socket));
  // Until its turn comes nobody else listens, and an error that nobody listens to would end the thread.
  socket.on('error', () => socket.destroy());
  const handler = new PGLiteSocketHandler({ db: guarded(database, socket), closeOnDetach: true });
  void handler.attach(socket);
});
await new Promise<void>((resolve) => server.listen(data.socketPath, resolve));

port.on('message', (request: EmbeddedWorkerRequest) => {
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
 * - It hands over whatever a read of the socket brings, and half a message crashes the database: bulk statements are longer
 *   than one read. Only whole messages pass.
 * - All connections share the database's one session, one after the other. A transaction that a connection left open would
 *   swallow what the next one is told was committed, so each begins with a session that is reset.
 * - Under many statements the database now and then gives up in the middle of one: what it did answer comes, and no more, and whoever
 *   asked waits for ever. That becomes an error like any other, after which a transaction can only be rolled back.
 * - When the database itself fails, it closes the connection and goes on with a database that is broken. The thread ends
 *   instead, and is started again from what is on disk.
 */
function guarded(inner: PGlite, socket: Socket): PGlite {
  const wholeMessages = framing();
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'runExclusive') {
        // Waits for this connection's turn; `work` lasts as long as the connection.
        return async (work: () => Promise<unknown>) =>
          target.runExclusive(async () => {
            await orEnd(resetSession(target));
            if (!socket.destroyed) await work().catch(() => undefined);
          });
      }
      if (name === 'execProtocolRaw') {
        return async (chunk: Uint8Array) => {
          const { whole, isAsking } = wholeMessages(chunk);
          if (whole.length === 0) return whole;
          const answer = await orEnd(target.execProtocolRaw(whole));
          return isAsking && !isComplete(answer) ? orEnd(givenUp(target)) : answer;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Whether an answer ends with `ReadyForQuery`, or asks the client for data (or brings it some) to be copied. */
function isComplete(answer: Uint8Array): boolean {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  const last = bytes.length - READY_BYTES;
  const isReady = last >= 0 && bytes[last] === 0x5a && bytes.readUInt32BE(last + 1) === READY_BYTES - 1;
  return isReady || bytes[0] === 0x47 || bytes[0] === 0x48;
}

/** What is said where a statement was given up: that it failed. Whether it took effect nobody knows, as when a connection breaks. */
async function givenUp(target: PGlite): Promise<Uint8Array> {
  // A statement that cannot be understood fails the transaction, should there be one: nothing of it can be committed any more.
  await target.execProtocolRaw(SYNC);
  const answer = Buffer.from(
    await target.execProtocolRaw(new Uint8Array(simpleQuery('the statement before was given up'))),
  );
  if (!isComplete(answer)) throw new Error('the embedded database does not answer');
  const text = ['SERROR', 'VERROR', 'CXX000', 'Mthe embedded database gave up in the middle of the statement', ''].join(
    '\0',
  );
  const message = Buffer.alloc(text.length + 6);
  message.write('E');
  message.writeUInt32BE(text.length + 5, 1);
  message.write(text, 5);
  return new Uint8Array(Buffer.concat([message, answer.subarray(-READY_BYTES)]));
}

async function resetSession(target: PGlite): Promise<void> {
  await target.execProtocolRaw(new Uint8Array(Buffer.concat([SYNC, simpleQuery('ROLLBACK')])));
  await target.execProtocolRaw(new Uint8Array(simpleQuery('DISCARD ALL')));
  await target.execProtocolRaw(new Uint8Array(simpleQuery(SESSION)));
}

function simpleQuery(sql: string): Buffer {
  const message = Buffer.alloc(sql.length + 6);
  message.write('Q');
  message.writeUInt32BE(sql.length + 5, 1);
  message.write(sql, 5);
  return message;
}

/** What fails here is no statement (those fail with an answer to the client) but the database itself. */
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

interface WholeMessages {
  readonly whole: Uint8Array;
  /** Whether the client waits for an answer once it sent these. */
  readonly isAsking: boolean;
}

/**
 * Puts the messages of one connection together from the chunks that they arrive in.
 *
 * @returns takes the next chunk and gives the messages that are whole by now
 */
function framing(): (chunk: Uint8Array) => WholeMessages {
  let chunks: Uint8Array[] = [];
  let length = 0;
  // Bytes that must be there before it is worth looking again: a big statement is not copied for each of its chunks.
  let needed = 0;
  let started = false;
  let isAsking = false;

  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < needed) return { whole: new Uint8Array(0), isAsking: false };
    const all = Buffer.concat(chunks);
    isAsking = false;
    const end = endOfWholeMessages(all);
    chunks = end < all.length ? [all.subarray(end)] : [];
    length = all.length - end;
    return { whole: new Uint8Array(all.subarray(0, end)), isAsking };
  };

  function endOfWholeMessages(all: Buffer): number {
    let end = 0;
    for (;;) {
      // A connection's first message has no letter for its type; every message says its length.
      const lengthAt = started ? end + 1 : end;
      const head = lengthAt + (started ? 4 : 8);
      const size = all.length < head ? 0 : all.readUInt32BE(lengthAt);
      if (all.length >= head && size < 4) throw new Error('the client does not speak the protocol of PostgreSQL');
      const next = Math.max(head, lengthAt + size);
      needed = next - end;
      if (all.length < next) return end;
      isAsking = started && ASKING.has(all[end] ?? 0);
      started ||= all.readUInt32BE(lengthAt + 4) >> 16 === 3;
      end = next;
    }
  }
}
