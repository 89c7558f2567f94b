import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { configOf } from '#config';
import { dumpServer } from './server-backup.js';

const { database } = configOf({ 'database.host': 'db.example.com' });
const { PATH } = process.env;

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'tools-'));
  process.env['PATH'] = `${bin}:${PATH}`;
});
afterEach(async () => {
  process.env['PATH'] = PATH;
  await rm(bin, { recursive: true });
});

/** A stub of pg_dump: the tests are about its result, not its content. */
async function pgDump(script: string): Promise<void> {
  const file = join(bin, 'pg_dump');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o700);
}

describe('a dump', () => {
  it('is saved completely', async () => {
    await pgDump('head -c 1000000 /dev/zero');
    let saved = 0;
    await dumpServer(database, async (content) => {
      saved = (await buffer(content)).length;
    });
    expect(saved).toBe(1_000_000);
  });

  it('that fails reports the reason, although its beginning was saved', async () => {
    await pgDump('echo beginning; echo "pg_dump: error: connection lost" >&2; exit 1');
    const saved = dumpServer(database, async (content) => void (await buffer(content)));
    await expect(saved).rejects.toThrow('pg_dump failed: pg_dump: error: connection lost');
  });

  it('that cannot be saved ends, and reports the reason', async () => {
    await pgDump('exec cat /dev/zero');
    const refused = dumpServer(database, async () => Promise.reject(new Error('backup.key is not a key')));
    await expect(refused).rejects.toThrow('backup.key is not a key');
    const full = dumpServer(database, async (content) => {
      for await (const _ of content) throw new Error('no space left on device');
    });
    await expect(full).rejects.toThrow('no space left on device');
  });
});
