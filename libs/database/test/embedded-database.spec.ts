import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { configOf } from '#config';
import { openDatabase } from '../src/open-database.js';
import { EmbeddedDatabase } from '../src/embedded/embedded-database.js';

describe('a data folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embedded-spec-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  it('keeps its data and is locked against other processes', async () => {
    const dataDir = join(folder, 'data');
    const { database: config } = configOf({ 'database.data_dir': dataDir });
    const first = await openDatabase(config);
    await first.query('CREATE TABLE kept (value integer)');
    await first.query('INSERT INTO kept VALUES (42)');
    await expect(openDatabase(config)).rejects.toThrow(
      `the data folder ${dataDir} is in use by process ${process.pid}; stop that process`,
    );
    // The failed attempt did not release the lock.
    await expect(openDatabase(config)).rejects.toThrow('is in use');
    expect((await stat(dataDir)).mode & 0o007).toBe(0);
    await first.destroy();

    // Left behind by a killed process; in a container the next process has the same pid.
    await writeFile(`${dataDir}.pid`, String(process.pid));
    const second = await openDatabase(config);
    expect(await second.query('SELECT value FROM kept')).toEqual([{ value: 42 }]);
    await second.destroy();
  });
});

describe('its connections', () => {
  let database: EmbeddedDatabase;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    database = await EmbeddedDatabase.start({ dataDir: 'memory' });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map(async (client) => client.end()));
  });
  afterAll(async () => database?.stop());

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client(database.connection);
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  }

  /** Ends without cleanup, as if its process were killed. */
  function breakOff(client: pg.Client): void {
    clients.splice(clients.indexOf(client), 1);
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  it('inherit nothing from the previous one', async () => {
    const first = await connect();
    await first.query('CREATE TABLE t (x integer)');
    await first.query(`SET search_path TO nowhere`);
    await first.query({ name: 'same', text: 'SELECT 1 AS one' });
    await first.query('BEGIN');
    await first.query('INSERT INTO public.t VALUES (1)');
    breakOff(first);

    const second = await connect();
    expect((await second.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 0 }]);
    expect((await second.query({ name: 'same', text: 'SELECT 2 AS two' })).rows).toEqual([{ two: 2 }]);
    await second.query('BEGIN');
    await expect(second.query('SELECT 1 / 0')).rejects.toThrow('division by zero');
    breakOff(second);

    const third = await connect();
    await third.query('INSERT INTO t VALUES (3)');
    breakOff(third);
    expect((await (await connect()).query('SELECT x FROM t')).rows).toEqual([{ x: 3 }]);
  });

  it('wait for their turn, and are not blocked by one that gave up waiting', async () => {
    const first = await connect();
    const impatient = new pg.Client({ ...database.connection, connectionTimeoutMillis: 50 });
    await expect(impatient.connect()).rejects.toThrow(/timeout/);
    const next = connect();
    await first.end();
    clients.splice(clients.indexOf(first), 1);
    expect((await (await next).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('may send statements of any size', async () => {
    const client = await connect();
    for (const length of [65_530, 65_536, 3_000_000]) {
      const { rows } = await client.query('SELECT length($1) AS n', ['x'.repeat(length)]);
      expect(rows).toEqual([{ n: length }]);
    }
  });

  it('may send statements with messages that end at the end of a read block', async () => {
    const client = await connect();
    const texts = ['SELECT length($1) AS n', 'SELECT length($1)  AS n'];
    for (const block of [8192, 16_384]) {
      // Overhead of a statement beside its text: each of its messages ends at the end of a block for some length.
      for (let overhead = 50; overhead <= 90; overhead++) {
        const length = block - overhead;
        const { rows } = await client.query(texts[overhead % 2]!, ['x'.repeat(length)]);
        expect(rows).toEqual([{ n: length }]);
      }
    }
  });

  it('may run 20,000 queries without retained answers', async () => {
    const client = await connect();
    const ask = async (): Promise<pg.QueryResult> => client.query("SELECT repeat('x', 4000) AS text");
    expect((await ask()).rows).toEqual([{ text: 'x'.repeat(4000) }]);
    const before = await database.heapBytes();
    for (let asked = 0; asked < 20_000; asked += 1) await ask();
    // Includes garbage. Retained rows would be more than 80 MB.
    expect((await database.heapBytes()) - before).toBeLessThan(50_000_000);
  }, 120_000);

  it('cannot end it with invalid messages', async () => {
    const rude = await connect();
    const { stream } = (rude as unknown as { connection: { stream: { write(bytes: Buffer): void } } }).connection;
    const gone = new Promise((resolve) => rude.once('end', resolve));
    stream.write(Buffer.from([0x51, 0, 0, 0, 0]));
    await gone;
    clients.splice(clients.indexOf(rude), 1);
    expect((await (await connect()).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
