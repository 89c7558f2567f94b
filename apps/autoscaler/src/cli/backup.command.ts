import { stat } from 'node:fs/promises';
import { dumpEmbedded } from '../backup/embedded-backup.js';
import { removeExpired, writeBackup } from '../backup/backup-file.js';
import { dumpServer } from '../backup/server-backup.js';
import { loadFile } from './load.js';

/** `autoscaler backup`: saves the whole database, then removes expired backups. */
export async function backup(file: string | undefined, dir: string | undefined): Promise<void> {
  const { config } = loadFile(file);
  const folder = dir ?? config.backup.dir;
  const now = Date.now();
  const { database } = config;
  const embedded = database.host === '';
  const written = await writeBackup(
    folder,
    { at: now, kind: embedded ? 'embedded' : 'pgdump' },
    config.backup.key,
    async (save) => (embedded ? dumpEmbedded(database, save) : dumpServer(database, save)),
  );
  const { size } = await stat(written);
  console.log(`saved ${written} (${size} bytes${config.backup.key === '' ? ', not encrypted' : ''})`);
  for (const name of await removeExpired(folder, config.backup.retention, now)) console.log(`removed ${name}`);
}
