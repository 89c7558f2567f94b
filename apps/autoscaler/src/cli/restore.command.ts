import { existsSync } from 'node:fs';
import { parseName, readBackup, verifyBackup } from '../backup/backup-file.js';
import { restoreEmbedded } from '../backup/embedded-backup.js';
import { restoreServer } from '../backup/server-backup.js';
import { OperationalError } from '../operational.error.js';
import { loadFile } from './load.js';

/** `autoscaler restore FILE`: into an empty database only, and only after the file was verified. */
export async function restore(configFile: string | undefined, file: string): Promise<void> {
  const { config } = loadFile(configFile);
  const { database, backup } = config;
  const kind = parseName(file)?.kind;
  if (kind === undefined) {
    throw new OperationalError(
      `${file} is not named like a backup, such as autoscaler-20260131T020000Z.pgdump; the name says what the file contains`,
    );
  }
  if (!existsSync(file)) throw new OperationalError(`there is no file ${file}`);
  if ((kind === 'embedded') !== (database.host === '')) {
    throw new OperationalError(
      kind === 'embedded'
        ? `${file} is of the embedded database; leave database.host empty to restore it`
        : `${file} is of a server; set database.host to the server to restore it to`,
    );
  }
  await verifyBackup(file, backup.key);
  if (kind === 'embedded') await restoreEmbedded(database, await readBackup(file, backup.key));
  else await restoreServer(database, async () => readBackup(file, backup.key));
  console.log(`restored ${file}; bring the schema up to date with "autoscaler migrate" before you start the service`);
}
