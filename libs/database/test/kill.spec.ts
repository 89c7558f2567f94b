import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { configOf } from '#config';
import { eventually } from '../../../test/support/eventually.js';
import { migrationStatus, runMigrations } from '../src/migrate.js';
import { openDatabase } from '../src/open-database.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kill-spec-'));
});
afterAll(async () => rm(folder, { recursive: true }));

function startWriter(dataDir: string) {
  return spawn(process.execPath, [fileURLToPath(new URL('./writer.mjs', import.meta.url)), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** @returns the last number that was acknowledged before the process was killed */
async function writeUntilKilled(dataDir: string, rows: number): Promise<number> {
  const writer = startWriter(dataDir);
  const exit = once(writer, 'exit');
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen === rows) writer.kill('SIGKILL');
  }
  await exit;
  return last;
}

it('loses no acknowledged row when its process is killed, and can be reopened at once', async () => {
  const dataDir = join(folder, 'data');
  for (const rows of [1, 150, 700]) {
    const last = await writeUntilKilled(dataDir, rows);
    expect(last).toBeGreaterThanOrEqual(rows);
    const database = await openDatabase(configOf({ 'database.data_dir': dataDir }).database);
    try {
      const [{ missing }] = await database.query<[{ missing: number }]>(
        `SELECT count(*)::int AS missing FROM generate_series(1, $1::int) n WHERE NOT EXISTS (SELECT FROM written w WHERE w.n = n.n)`,
        [last],
      );
      expect(missing).toBe(0);
    } finally {
      await database.destroy();
    }
  }
});

it('can be reopened after its process was killed during creation', async () => {
  const dataDir = join(folder, 'unfinished');
  const writer = startWriter(dataDir);
  const exit = once(writer, 'exit');
  await eventually('it is being made', () => existsSync(join(dataDir, 'PG_VERSION')));
  writer.kill('SIGKILL');
  await exit;
  const config = configOf({ 'database.data_dir': dataDir }).database;
  const database = await openDatabase(config);
  await runMigrations(database);
  await database.destroy();
  // The database is not created again.
  const again = await openDatabase(config);
  expect((await migrationStatus(again)).pending).toEqual([]);
  await again.destroy();
});
