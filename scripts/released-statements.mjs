// What the release before sends to its database, written down in migrations/released-statements.json, is planned on the newest schema.
// Columns alone do not tell: a statement also breaks with a constraint that it names, a view, a function or a type that it counts on.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILE = new URL('../migrations/released-statements.json', import.meta.url);

export function releasedStatements() {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

/**
 * Plans each statement, without values and without running it.
 *
 * @param database whatever has `query`, on PostgreSQL 16 or later
 * @returns what would fail in the release before, in words
 */
export async function refused({ release, statements }, database) {
  const faults = [];
  for (const statement of statements) {
    try {
      await database.query(`EXPLAIN (GENERIC_PLAN) ${statement}`);
    } catch (error) {
      faults.push(
        `release ${release} would fail while instances are replaced in turn: ${error.message}, in\n    ${statement.trim()}`,
      );
    }
  }
  return faults;
}

/** Runs the tests of the libs and of the service, and keeps what these send. Takes minutes. */
export function recordReleased(release) {
  const folder = mkdtempSync(join(tmpdir(), 'released-statements-'));
  try {
    const file = join(folder, 'statements');
    const env = { ...process.env, RECORD_STATEMENTS: file };
    const { status } = spawnSync(process.execPath, ['scripts/test.mjs', '/libs/', '/apps/'], { env, stdio: 'inherit' });
    if (status !== 0 || !existsSync(file)) throw new Error('the tests failed: nothing was written down');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const statements = [...new Set(lines)].toSorted((a, b) => (a < b ? -1 : 1)).map((line) => JSON.parse(line));
    writeFileSync(FILE, `${JSON.stringify({ release, statements }, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
