import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';

/** Violations of these sources next to a lib that owns two tables. */
function faultsOf(...sources: readonly (readonly [file: string, text: string])[]): string[] {
  const entity = `@Entity('things') class A {} @ViewEntity({ name: 'things_by_hour', synchronize: false }) class B {}`;
  const files = [['libs/owner/src/thing.entity.ts', entity], ...sources];
  const script = `
    import { faultsOf } from './scripts/check-tables.mjs';
    console.log(JSON.stringify(faultsOf(JSON.parse(process.argv[1]))));`;
  const args = ['--input-type=module', '-e', script, JSON.stringify(files)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

describe('a table', () => {
  it('may be named by its owner, and by tests', () => {
    const sql = '`SELECT * FROM things`';
    expect(faultsOf(['libs/owner/src/a.ts', sql], ['libs/other/src/a.spec.ts', sql])).toEqual([]);
  });

  it.each([
    ['in a list of tables', "'WITH a AS (SELECT 1) SELECT * FROM a, things'", 'things'],
    ['in a join of a template', '`SELECT ${columns} FROM a JOIN things ON true`', 'things'],
    ['in part', '`SELECT * FROM things_by_${step}`', 'things_by_hour'],
  ])('is found %s', (_name, text, table) => {
    expect(faultsOf(['libs/other/src/a.ts', text])).toEqual([
      `libs/other/src/a.ts:1: ${table} belongs to libs/owner; ask its repository`,
    ]);
  });

  it('is not confused with a column of its name, or with prose', () => {
    expect(faultsOf(['libs/other/src/a.ts', '`SELECT count(*) AS things FROM a`; "things to do"'])).toEqual([]);
  });

  it('has its entity in its lib', () => {
    expect(faultsOf(['libs/owner/src/index.ts', "export { ThingEntity } from './thing.entity.js';"])).toEqual([
      'libs/owner/src/index.ts: an entity stays in its lib; export its repository',
    ]);
  });
});
