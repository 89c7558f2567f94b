import { openDatabase, reconcilePolicies, runMigrations } from '#database';
import { loadFile } from './load.js';

/**
 * `autoscaler migrate`: migrates the schema and the database's jobs, which a least-privilege service role must not
 * change.
 */
export async function migrate(file: string | undefined): Promise<void> {
  const { config } = loadFile(file);
  const database = await openDatabase(config.database);
  try {
    const done = await runMigrations(database);
    await reconcilePolicies(database, config.database);
    console.log(done.length === 0 ? 'the schema is up to date' : `migrated: ${done.join(', ')}`);
  } finally {
    await database.destroy();
  }
}
