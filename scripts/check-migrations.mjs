// Runs all migrations on an empty database and compares the schema with what the previous release needs.
import { configOf } from '../dist/libs/config/src/index.js';
import { openDatabase, runMigrations } from '../dist/libs/database/src/index.js';
import { brokenFor, released, schemaOf } from './released-schema.mjs';
import { refused, releasedStatements } from './released-statements.mjs';

const database = await openDatabase(configOf({ 'database.data_dir': 'memory' }).database);
try {
  await runMigrations(database);
  const faults = brokenFor(released(), await schemaOf(database));
  for (const fault of [...faults, ...(await refused(releasedStatements(), database))]) {
    console.error(fault);
    process.exitCode = 1;
  }
} finally {
  await database.destroy();
}
