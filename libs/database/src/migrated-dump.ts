import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * A dump of a migrated embedded database, made once per version of the migrations: loading it takes a quarter of the time of making it.
 *
 * @returns the file
 */
export async function migratedDump(): Promise<string> {
  const folder = new URL('../../../migrations/', import.meta.url);
  const sources = readdirSync(folder)
    .toSorted()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const packages = new URL('../../../package.json', import.meta.url);
  // The version of the embedded database is in there.
  sources.push(readFileSync(packages, 'utf8'));
  const version = createHash('sha256').update(sources.join('\n')).digest('hex').slice(0, 16);
  const file = join(tmpdir(), `autoscaler-test-template-${version}.tar`);
  if (!existsSync(file)) await make(file);
  return file;
}

/** Makes a data folder with a migrated database, for a program to begin with. */
export async function makeMigratedFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  await promisify(execFile)('tar', ['-xf', await migratedDump(), '-C', folder]);
}

async function make(file: string): Promise<void> {
  // What makes one takes long to load, and tests that only start programs need nothing else of it.
  const [{ configOf }, { openDatabase }, { runMigrations }] = await Promise.all([
    import('#config'),
    import('./open-database.js'),
    import('./migrate.js'),
  ]);
  const database = await openDatabase(configOf({ 'database.data_dir': 'memory' }).database);
  try {
    await runMigrations(database);
    // Two test files may make it at once; a rename never shows half a file.
    const draft = `${file}.${randomUUID()}`;
    await database.embedded?.dump(draft);
    renameSync(draft, file);
  } finally {
    await database.destroy();
  }
}
