// Plans the statements of the previous release, recorded in migrations/released-statements.json, on the newest schema.
// Columns alone are not enough: a statement can also depend on a constraint, a view, a function or a type.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILE = new URL('../migrations/released-statements.json', import.meta.url);

export function releasedStatements() {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

/**
 * Plans each statement without values and without running it.
 *
 * @param database anything with `query`, on PostgreSQL 16 or later
 * @returns what would fail in the previous release, as sentences
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

/** Runs the tests of the libs and the service, and records their statements. Takes minutes. */
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
