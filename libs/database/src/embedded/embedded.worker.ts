// Runs the embedded TimescaleDB on a thread of its own, so that its CPU never holds up the loop. Plain JavaScript with
// erasable types and no imports of ours: in tests Node loads this file as it stands.
import { writeFile } from 'node:fs/promises';
import { openAsBlob } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { timescaledb } from '@electric-sql/pglite/timescaledb';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface EmbeddedWorkerData {
  /** Folder of the data, or `null` to keep it in memory. */
  readonly dataDir: string | null;
  /** A dump of a data folder to begin with. */
  readonly loadFrom: string | null;
  readonly socketPath: string;
}

export type EmbeddedWorkerRequest = { readonly type: 'stop' } | { readonly type: 'dump'; readonly file: string };

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
// Connections wait for their turn: there is one at a time.
const server = new PGLiteSocketServer({ db: framed(database), path: data.socketPath, connectionQueueTimeout: 600_000 });
await server.start();

port.on('message', (request: EmbeddedWorkerRequest) => {
  void handle(request);
});
port.postMessage({ type: 'ready' });

async function handle(request: EmbeddedWorkerRequest): Promise<void> {
  if (request.type === 'dump') {
    const dump = await database.dumpDataDir('none');
    await writeFile(request.file, Buffer.from(await dump.arrayBuffer()));
    port?.postMessage({ type: 'dumped' });
    return;
  }
  await server.stop();
  await database.close();
  port?.postMessage({ type: 'stopped' });
}

/**
 * The socket server hands over whatever a read of the socket brings, and half a message crashes the database: bulk
 * statements are longer than one read. What reaches the database through this is whole messages only.
 */
function framed(inner: PGlite): PGlite {
  let rest = Buffer.alloc(0);
  let started = false;
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'runExclusive') {
        // Called once for every connection, when its turn comes.
        return async (work: () => Promise<unknown>) => {
          rest = Buffer.alloc(0);
          started = false;
          return target.runExclusive(work);
        };
      }
      if (name === 'execProtocolRaw') {
        return async (chunk: Uint8Array) => {
          rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
          const end = endOfWholeMessages();
          const whole = rest.subarray(0, end);
          rest = rest.subarray(end);
          return end === 0 ? new Uint8Array(0) : target.execProtocolRaw(new Uint8Array(whole));
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

  function endOfWholeMessages(): number {
    let end = 0;
    for (;;) {
      // A connection's first message has no letter for its type; every message says its length.
      const lengthAt = started ? end + 1 : end;
      if (rest.length < lengthAt + 4) return end;
      const next = lengthAt + rest.readUInt32BE(lengthAt);
      if (rest.length < next) return end;
      if (!started && rest.readUInt32BE(lengthAt + 4) >> 16 === 3) started = true;
      end = next;
    }
  }
}
