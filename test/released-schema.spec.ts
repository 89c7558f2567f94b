import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What the check says when the release before had `tables` and now there is `now`. */
function faults(tables: object, now: object, retired: readonly string[] = []): string[] {
  const script = `
    import { brokenFor } from './scripts/released-schema.mjs';
    const [released, now] = JSON.parse(process.argv[1]);
    console.log(JSON.stringify(brokenFor(released, now)));`;
  const given = JSON.stringify([{ release: '1.0.0', tables, retired }, now]);
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, given], {
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).map((fault) => fault.replace(/: release 1\.0\.0 would fail.*/, ''));
}

const BEFORE = { users: { id: 'uuid not null default', name: 'text', age: 'int4 not null' } };

describe('a migration', () => {
  it.each<[string, object, string[]]>([
    [
      'that adds what may be left out',
      { users: { ...BEFORE.users, a: 'text', b: 'text not null default' }, more: {} },
      [],
    ],
    ['that lets more be left out', { users: { ...BEFORE.users, age: 'int4' } }, []],
    ['that removes a table', {}, ['users is gone']],
    ['that removes a column', { users: { id: 'uuid not null default', name: 'text' } }, ['users.age is gone']],
    [
      'that changes a type',
      { users: { ...BEFORE.users, age: 'text not null' } },
      ['users.age was int4 not null and is text not null'],
    ],
    [
      'that demands what could be null',
      { users: { ...BEFORE.users, name: 'text not null' } },
      ['users.name must no longer be null'],
    ],
    [
      'that demands something new',
      { users: { ...BEFORE.users, mail: 'text not null' } },
      ['users.mail is new and must be given'],
    ],
  ])('%s is judged by what the release before asks for', (_name, now, expected) => {
    expect(faults(BEFORE, now)).toEqual(expected);
  });

  it('may remove what the release before asked for no more', () => {
    expect(faults(BEFORE, { users: { id: 'uuid not null default', name: 'text' } }, ['users.age'])).toEqual([]);
  });
});

/** What is said of `statements` after `made` and then `changed` were run on an empty database. */
function refusals(made: readonly string[], changed: readonly string[], statements: readonly string[]): string[] {
  const script = `
    import { openDatabase } from './dist/libs/database/src/index.js';
    import { configOf } from './dist/libs/config/src/index.js';
    import { refused } from './scripts/released-statements.mjs';
    const [made, statements] = JSON.parse(process.argv[1]);
    const database = await openDatabase(configOf({ 'database.data_dir': 'memory' }).database);
    for (const statement of made) await database.query(statement);
    console.log(JSON.stringify(await refused({ release: '1.0.0', statements }, database)));
    await database.destroy();`;
  const given = JSON.stringify([[...made, ...changed], statements]);
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, given], {
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  return (JSON.parse(stdout) as string[]).map((fault) => fault.replace(/^.*in turn: (.*), in\n.*$/s, '$1'));
}

describe('what is written down of the release', () => {
  it('holds statements for every table that the service asks for itself', () => {
    const read = (name: string): string => readFileSync(`migrations/released-${name}.json`, 'utf8');
    const { tables } = JSON.parse(read('schema')) as { tables: object };
    const { statements } = JSON.parse(read('statements')) as { statements: string[] };
    const isNamed = (table: string): boolean => statements.some((text) => new RegExp(`\\b${table}\\b`).test(text));
    const unnamed = Object.keys(tables).filter((table) => !table.startsWith('pgboss.') && !isNamed(table));
    // Asked for by the adapter of socket.io alone.
    expect(unnamed).toEqual(['live_attachments']);
    // Of the engine's tables a queue and who lives are what the service uses.
    const asked = ['pgboss.version', 'pgboss.queue', 'pgboss.job_common', 'pgboss.instance'];
    expect(asked.filter((table) => !(table in tables) || !isNamed(table))).toEqual([]);
  });
});

describe('a statement of the release before', () => {
  const MADE = [
    'CREATE TABLE counts (key text PRIMARY KEY, points integer NOT NULL, kind text)',
    'CREATE VIEW totals AS SELECT kind, sum(points) AS points FROM counts GROUP BY kind',
  ];
  const STATEMENTS = [
    'INSERT INTO counts VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET points = counts.points + excluded.points',
    'SELECT points FROM totals WHERE kind = $1',
    'UPDATE counts SET points = $2 + 1 WHERE key = $1',
  ];

  it.each<[string, string[], string[]]>([
    ['passes where nothing changed', [], []],
    ['passes where a column was added', ['ALTER TABLE counts ADD COLUMN at timestamptz'], []],
    [
      'is refused without the constraint that it names',
      ['ALTER TABLE counts DROP CONSTRAINT counts_pkey CASCADE'],
      ['there is no unique or exclusion constraint matching the ON CONFLICT specification'],
    ],
    ['is refused without a view', ['DROP VIEW totals'], ['relation "totals" does not exist']],
    [
      'is refused where a type no longer fits',
      [
        'DROP VIEW totals',
        'ALTER TABLE counts ALTER points TYPE text',
        'CREATE VIEW totals AS SELECT kind, points FROM counts',
      ],
      ['operator does not exist: text + text'],
    ],
  ])('%s', (_name, changed, expected) => {
    expect(refusals(MADE, changed, STATEMENTS)).toEqual(expected);
  });
});
