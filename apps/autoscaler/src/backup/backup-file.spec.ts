import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { nameOf, parseName, readBackup, removeExpired, verifyBackup, writeBackup } from './backup-file.js';

const AT = Date.UTC(2026, 0, 31, 2, 0, 5);
const DAY = 86_400_000;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'backups-'));
});
afterEach(async () => rm(dir, { recursive: true }));

describe('the name of a backup', () => {
  it.each([
    [{ at: AT, kind: 'pgdump', encrypted: true }, 'autoscaler-20260131T020005Z.pgdump.age'],
    [{ at: AT, kind: 'embedded', encrypted: false }, 'autoscaler-20260131T020005Z.embedded.tgz'],
  ] as const)('%j is %s', (name, file) => {
    expect(nameOf(name)).toBe(file);
    expect(parseName(`/backups/${file}`)).toEqual(name);
  });

  it.each([
    'autoscaler-20260131T020005Z.pgdump.partial',
    'autoscaler-20269931T020005Z.pgdump',
    'x.pgdump',
    'notes.txt',
  ])('is not %s', (file) => {
    expect(parseName(file)).toBeUndefined();
  });
});

describe('retention', () => {
  it('removes expired backups, and never the newest', async () => {
    const names = [0, 29, 30, 31, 400].map((days) => nameOf({ at: AT - days * DAY, kind: 'pgdump', encrypted: false }));
    for (const name of names) await writeFile(join(dir, name), '');
    expect(await removeExpired(dir, 30 * DAY, AT)).toEqual(names.slice(3));
    expect((await readdir(dir)).toSorted()).toEqual(names.slice(0, 3).toSorted());
    expect(await removeExpired(dir, 30 * DAY, AT + 400 * DAY)).toEqual(names.slice(1, 3));
    expect(await readdir(dir)).toEqual([names[0]]);
  });
});

describe('a backup', () => {
  const content = Buffer.alloc(300_000, 'some content');
  const write = async (key: string, fail = false): Promise<string> =>
    writeBackup(dir, { at: AT, kind: 'pgdump' }, key, async (save) => {
      await save(Readable.from([content]));
      if (fail) throw new Error('the dump broke off');
    });

  it('is restored unchanged with a passphrase, with a key pair, and without a key', async () => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    for (const [making, reading] of [
      ['', ''],
      ['a passphrase', 'a passphrase'],
      [identity, identity],
      [recipient, identity],
    ] as const) {
      const file = await write(making);
      await verifyBackup(file, reading);
      expect((await buffer(await readBackup(file, reading))).equals(content)).toBe(true);
    }
  });

  it('is not restored with another key, nor with a public key alone', async () => {
    const identity = await generateIdentity();
    const file = await write(identity);
    await expect(readBackup(file, await generateIdentity())).rejects.toThrow('cannot be decrypted with backup.key');
    await expect(readBackup(file, await identityToRecipient(identity))).rejects.toThrow('can only encrypt');
    const mistyped = identity.replace(/.$/, 'B');
    const message = await readBackup(file, mistyped).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).toBe('backup.key looks like an age key but is not a valid one');
  });

  it.each(['', 'a passphrase'])('of the embedded database that is truncated is detected (key %j)', async (key) => {
    const name = { at: AT, kind: 'embedded' } as const;
    const packed = gzipSync(content);
    const [whole, cut] = [packed, packed.subarray(0, packed.length / 2)];
    const file = await writeBackup(dir, name, key, async (save) => save(Readable.from([whole])));
    await verifyBackup(file, key);
    await writeBackup(dir, name, key, async (save) => save(Readable.from([cut])));
    await expect(verifyBackup(file, key)).rejects.toThrow(`${file} cannot be read: unexpected end of file`);
  });

  it('leaves no file behind when it fails', async () => {
    await expect(write('', true)).rejects.toThrow('the dump broke off');
    expect(await readdir(dir)).toEqual([]);
  });

  it('reports where it cannot be written', async () => {
    const taken = join(dir, 'taken');
    await writeFile(taken, '');
    await expect(writeBackup(taken, { at: AT, kind: 'pgdump' }, '', async () => undefined)).rejects.toThrow(
      'the backup cannot be written: EEXIST',
    );
  });
});
