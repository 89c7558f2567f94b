// Migrations expand before they contract: during a rolling update the previous release runs on the new schema. What
// that release needs is recorded in migrations/released-schema.json and released-statements.json; `npm run
// release:schema` updates both at a release.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { openDatabase, runMigrations } from '../dist/libs/database/src/index.js';
import { configOf, VERSION } from '../dist/libs/config/src/index.js';
import { recordReleased } from './released-statements.mjs';

const FILE = new URL('../migrations/released-schema.json', import.meta.url);

/**
 * Tables and views with their columns: type, nullability, and whether there is a default. Tables of pg-boss have the
 * prefix `pgboss.`; its partitions are left out, because their names contain dates.
 */
export async function schemaOf(database) {
  const rows = await database.query(
    `SELECT CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name AS table_name,
            column_name, udt_name AS type, is_nullable = 'YES' AS nullable, column_default IS NOT NULL OR is_identity = 'YES' AS filled
       FROM information_schema.columns
      WHERE table_schema IN ('public', 'pgboss') AND table_name <> 'migrations' AND table_name NOT LIKE 'queue\\_stats\\_%'
      ORDER BY 1, ordinal_position`,
  );
  const tables = {};
  for (const { table_name: table, column_name: column, type, nullable, filled } of rows) {
    (tables[table] ??= {})[column] = `${type}${nullable ? '' : ' not null'}${filled ? ' default' : ''}`;
  }
  return tables;
}

/**
 * @param released schema of the previous release; `retired` lists what exists but is no longer used, as `table.column`
 * @returns what would fail in the previous release, as sentences
 */
export function brokenFor({ release, tables, retired }, now) {
  const faults = [];
  const fail = (where, why) => {
    if (!retired.includes(where))
      faults.push(`${where} ${why}: release ${release} would fail while instances are replaced in turn`);
  };
  for (const [table, columns] of Object.entries(tables)) {
    const present = now[table];
    if (present === undefined) {
      fail(table, 'is gone');
      continue;
    }
    for (const [column, before] of Object.entries(columns)) {
      const where = `${table}.${column}`;
      const after = present[column];
      if (after === undefined) fail(where, 'is gone');
      else if (after.split(' ')[0] !== before.split(' ')[0]) fail(where, `was ${before} and is ${after}`);
      else if (!before.includes('not null') && /not null(?! default)/.test(after))
        fail(where, 'must no longer be null');
    }
    for (const [column, type] of Object.entries(present)) {
      if (!(column in columns) && /not null(?! default)/.test(type))
        fail(`${table}.${column}`, 'is new and must be given');
    }
  }
  return faults;
}

export function released() {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

if (process.argv[1] === import.meta.filename) {
  const database = await openDatabase(configOf({ 'database.data_dir': 'memory' }).database);
  await runMigrations(database);
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const content = { release: VERSION, commit, retired: [], tables: await schemaOf(database) };
  writeFileSync(FILE, `${JSON.stringify(content, null, 2)}\n`);
  await database.destroy();
  recordReleased(VERSION);
}
