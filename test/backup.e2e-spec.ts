import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configOf } from '#config';
import { openDatabase } from '#database';
import { runCli as runCliHere } from '../apps/autoscaler/src/cli/cli.js';
import { OperationalError } from '../apps/autoscaler/src/operational.error.js';
import { ApiClient, call, PASSWORD } from './support/client.js';
import { runCli } from './support/cli.js';
import { eventually } from './support/eventually.js';
import { fingerprint } from './support/fingerprint.js';
import { startSystem, type System } from './support/programs.js';

const KEY = 'a passphrase that only this test knows';

let folder: string;
let dir: string;
let system: System;
/** Fingerprint of the database when it was saved. */
let saved: Record<string, string>;
let decisions: string[];
let clusterId: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-spec-'));
  dir = join(folder, 'backups');
  system = await startSystem();
  const ada = await ApiClient.register(system.urls.api, 'ada');
  const { body } = await ada.post<{ id: string }>('/clusters', { name: 'web', min_servers: 1, max_servers: 9 });
  clusterId = body.id;
  await eventually('it decided a few times', async () => (await decisionsOf(ada)).length >= 4);
  decisions = await decisionsOf(ada);
  await system.autoscaler.stop();
  saved = await rowsOf(databaseOf(system));
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

function databaseOf({ folder: data }: System): string {
  return join(data, 'database');
}

async function rowsOf(dataDir: string): Promise<Record<string, string>> {
  const database = await openDatabase(configOf({ 'database.data_dir': dataDir }).database);
  try {
    return await fingerprint(database);
  } finally {
    await database.destroy();
  }
}

async function decisionsOf(client: ApiClient): Promise<string[]> {
  const { body } = await client.get<{ decisions: { id: string }[] }>(`/clusters/${clusterId}/decisions?limit=1000`);
  return body.decisions.map((decision) => JSON.stringify(decision));
}

async function backup(env: Record<string, string> = {}): Promise<Awaited<ReturnType<typeof runCli>>> {
  const configured = { AUTOSCALER_DATABASE_DATA_DIR: databaseOf(system), AUTOSCALER_BACKUP_DIR: dir };
  return runCli(['backup'], { ...configured, ...env });
}

async function restore(from: string, to: string, key = KEY): Promise<Awaited<ReturnType<typeof runCli>>> {
  return runCli(['restore', from], { AUTOSCALER_DATABASE_DATA_DIR: to, AUTOSCALER_BACKUP_KEY: key });
}

describe('a backup of the embedded database', () => {
  it('is encrypted, and readable by its owner only', async () => {
    const { status, out, err } = await backup({ AUTOSCALER_BACKUP_KEY: KEY });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    file = /saved (\S+\.embedded\.tgz\.age) /.exec(out)?.[1] ?? '';
    expect(await readdir(dir)).toEqual([file.slice(dir.length + 1)]);
    expect((await readFile(file)).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it('restores every row, and the service continues from there', async () => {
    const data = join(folder, 'restored');
    const { status, out, err } = await restore(file, data);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('autoscaler migrate');
    expect(await rowsOf(data)).toEqual(saved);
    const provider = { AUTOSCALER_COLLECTOR_SIMULATOR_URL: system.urls.simulator };
    const other = await startSystem({ env: { AUTOSCALER_DATABASE_DATA_DIR: data, ...provider } });
    try {
      const { status: loggedIn, body } = await call<{ token: string }>(other.urls.api, 'POST', '/auth/login', {
        username: 'ada',
        password: PASSWORD,
      });
      expect(loggedIn).toBe(200);
      const list = async (): Promise<string[]> => {
        const path = `/clusters/${clusterId}/decisions?limit=1000`;
        const answer = await call<{ decisions: object[] }>(other.urls.api, 'GET', path, undefined, body.token);
        return answer.body.decisions.map((decision) => JSON.stringify(decision));
      };
      const there = await eventually('it decides again', async () => {
        const found = await list();
        return found.length > decisions.length + 1 ? found : null;
      });
      // Newest first: all decisions from before the backup are there, unchanged, and the next one continues from the
      // last.
      expect(there.filter((decision) => decisions.includes(decision))).toEqual(decisions);
      const [last] = decisions.map((text) => JSON.parse(text) as { desired: number });
      const next = JSON.parse(there.at(-decisions.length - 1) ?? '') as { current: number };
      expect(next.current).toBe(last?.desired);
    } finally {
      await other.stop();
    }
  });

  it.each([
    ['another key', async () => file, 'another key', 'cannot be decrypted with backup.key'],
    ['no key', async () => file, '', 'is encrypted; set backup.key'],
    [
      'a file that was cut short',
      async () => {
        const cut = join(folder, 'autoscaler-20260101T000000Z.embedded.tgz.age');
        await copyFile(file, cut);
        await truncate(cut, (await stat(cut)).size - 100);
        return cut;
      },
      KEY,
      'cannot be read',
    ],
    ['a file of another name', async () => join(folder, 'backup.tgz'), KEY, 'is not named like a backup'],
    ['no file', async () => join(folder, 'autoscaler-20260101T000001Z.embedded.tgz'), KEY, 'there is no file'],
    ['a dump of a server', async () => join(folder, 'autoscaler-20260101T000001Z.pgdump'), KEY, 'there is no file'],
  ])('is not restored with %s', async (_name, from, key, expected) => {
    const data = join(folder, 'untouched');
    const config = join(folder, 'config.yaml');
    await writeFile(config, JSON.stringify({ database: { data_dir: data }, backup: { key } }));
    // Runs in this process, where the commands are already loaded.
    const refused = runCliHere(['--config', config, 'restore', await from()]);
    await expect(refused).rejects.toBeInstanceOf(OperationalError);
    await expect(refused).rejects.toThrow(expected);
    await expect(stat(data)).rejects.toThrow('ENOENT');
  });

  it('is not restored over an existing database', async () => {
    const { status, err } = await restore(file, databaseOf(system));
    expect({ status, err }).toEqual({ status: 1, err: expect.stringMatching(/^Error: .* is not empty.*\n$/) });
    expect(await rowsOf(databaseOf(system))).toEqual(saved);
  });

  it('of a running service is refused', async () => {
    const database = await openDatabase(configOf({ 'database.data_dir': databaseOf(system) }).database);
    const { status, err } = await backup();
    await database.destroy();
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining('is in use by process') });
    expect((await readdir(dir)).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('removes expired backups only', async () => {
    const old = 'autoscaler-20200101T000000Z.pgdump.age';
    for (const name of [old, 'notes.txt']) await writeFile(join(dir, name), '');
    // The time in the name counts: copies have other file times.
    await utimes(join(dir, old), new Date(), new Date());
    const { out } = await backup();
    expect(out).toContain(`removed ${old}`);
    expect(out).toContain('not encrypted');
    const left = await readdir(dir);
    expect(left).toContain('notes.txt');
    expect(left).toContain(file.slice(dir.length + 1));
    expect(left).toHaveLength(3);
  });
});
