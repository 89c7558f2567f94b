import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { AppConfig } from '#config';
import { openDatabase } from '#database';
import { OperationalError } from '../operational.error.js';

type DatabaseConfig = AppConfig['database'];

/** Saves the data folder of the embedded database. Fails while the database is in use, because its folder is locked. */
export async function dumpEmbedded(config: DatabaseConfig, save: (content: Readable) => Promise<void>): Promise<void> {
  await inPrivateFolder(async (folder) => {
    const tar = join(folder, 'database.tar');
    const database = await openDatabase(config);
    try {
      await database.embedded?.dump(tar);
    } finally {
      await database.destroy();
    }
    const zipped = createGzip();
    await Promise.all([pipeline(createReadStream(tar), zipped), save(zipped)]);
  });
}

/** @throws OperationalError if the folder already contains a database */
export async function restoreEmbedded(config: DatabaseConfig, content: Readable): Promise<void> {
  const present = await readdir(config.dataDir).catch(() => []);
  if (present.length > 0) {
    content.destroy();
    throw new OperationalError(
      `the data folder ${config.dataDir} is not empty: a backup is restored into an empty one; move it away, or set database.data_dir to another folder`,
    );
  }
  await inPrivateFolder(async (folder) => {
    const tar = join(folder, 'database.tar');
    await pipeline(content, createGunzip(), createWriteStream(tar));
    const database = await openDatabase(config, [], { loadFrom: tar });
    await database.destroy();
  });
}

/** The folder temporarily contains password hashes. */
async function inPrivateFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'autoscaler-backup-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
