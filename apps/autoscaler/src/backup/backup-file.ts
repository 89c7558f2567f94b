import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { OperationalError } from '../operational.error.js';
import { decrypted, encrypted } from './encryption.js';

/** `pgdump`: for pg_restore; `embedded`: the data folder of the embedded database as a compressed tar. */
export type BackupKind = 'pgdump' | 'embedded';

/** The parts of a backup's file name. */
export interface BackupName {
  /** Milliseconds since the epoch, whole seconds. */
  readonly at: number;
  readonly kind: BackupKind;
  readonly encrypted: boolean;
}

const NAME = /^autoscaler-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z\.(pgdump|embedded\.tgz)(\.age)?$/;
const PARTIAL = '.partial';

export function nameOf({ at, kind, encrypted: isEncrypted }: BackupName): string {
  const stamp = `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return `autoscaler-${stamp}.${kind === 'pgdump' ? 'pgdump' : 'embedded.tgz'}${isEncrypted ? '.age' : ''}`;
}

/** @returns `undefined` for a file that is not a backup */
export function parseName(file: string): BackupName | undefined {
  const match = NAME.exec(basename(file));
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, format, age] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) return undefined;
  return { at, kind: format === 'pgdump' ? 'pgdump' : 'embedded', encrypted: age !== undefined };
}

/**
 * Writes a backup, readable by its owner only; it gets its name once it is complete and synced to disk.
 *
 * @param write writes the content; if it throws, no file is left behind
 * @returns path of the backup
 */
export async function writeBackup(
  dir: string,
  name: Omit<BackupName, 'encrypted'>,
  key: string,
  write: (save: (content: Readable) => Promise<void>) => Promise<void>,
): Promise<string> {
  const file = join(dir, nameOf({ ...name, encrypted: key !== '' }));
  const partial = `${file}${PARTIAL}`;
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await write(async (content) => {
      await pipeline(key === '' ? content : await encrypted(content, key), createWriteStream(partial, { mode: 0o600 }));
    });
    await flush(partial);
    await rename(partial, file);
  } catch (error) {
    // If the folder itself is at fault there is nothing to remove, and the first error is the one to report.
    await rm(partial, { force: true }).catch(() => undefined);
    throw isSystemError(error)
      ? new OperationalError(`the backup cannot be written: ${error.message}`, { cause: error })
      : error;
  }
  return file;
}

/** The content of a backup, decrypted if necessary. */
export async function readBackup(file: string, key: string): Promise<Readable> {
  const content = createReadStream(file);
  if (parseName(file)?.encrypted !== true) return content;
  if (key === '') {
    content.destroy();
    throw new OperationalError(`${file} is encrypted; set backup.key to the key that it was made with`);
  }
  return decrypted(content, key);
}

/** Reads a whole backup, to verify it before anything is changed. */
export async function verifyBackup(file: string, key: string): Promise<void> {
  try {
    const unpacked = parseName(file)?.kind === 'embedded' ? createGunzip() : new PassThrough();
    await pipeline(await readBackup(file, key), unpacked, async (content: AsyncIterable<Uint8Array>) => {
      for await (const _ of content);
    });
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    throw new OperationalError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Removes backups older than `retention` (milliseconds), except the newest.
 *
 * @returns names of the removed backups
 */
export async function removeExpired(dir: string, retention: number, now: number): Promise<readonly string[]> {
  const backups = (await readdir(dir))
    .flatMap((name) => {
      const parsed = parseName(name);
      return parsed === undefined ? [] : [{ name, at: parsed.at }];
    })
    .toSorted((one, other) => other.at - one.at);
  const expired = backups.slice(1).filter(({ at }) => now - at > retention);
  for (const { name } of expired) await rm(join(dir, name));
  return expired.map(({ name }) => name);
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}
