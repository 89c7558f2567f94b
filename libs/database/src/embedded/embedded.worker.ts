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
const server = new PGLiteSocketServer({ db: database, path: data.socketPath, connectionQueueTimeout: 600_000 });
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
