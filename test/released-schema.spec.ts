import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Runs a script like `node -e` with input, and returns its output. */
function run<T>(script: string, given: unknown): T {
  const args = ['--input-type=module', '-e', script, JSON.stringify(given)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

interface Change {
  readonly name: string;
  readonly now: object;
  readonly retired?: readonly string[];
  readonly expected: readonly string[];
}

const BEFORE = { users: { id: 'uuid not null default', name: 'text', age: 'int4 not null' } };

const CHANGES: readonly Change[] = [
  {
    name: 'that adds what may be left out is allowed',
    now: { users: { ...BEFORE.users, a: 'text', b: 'text not null default' }, more: {} },
    expected: [],
  },
  { name: 'that lets more be left out is allowed', now: { users: { ...BEFORE.users, age: 'int4' } }, expected: [] },
  { name: 'that removes a table is refused', now: {}, expected: ['users is gone'] },
  {
    name: 'that removes a column is refused',
    now: { users: { id: 'uuid not null default', name: 'text' } },
    expected: ['users.age is gone'],
  },
  {
    name: 'that changes a type is refused',
    now: { users: { ...BEFORE.users, age: 'text not null' } },
    expected: ['users.age was int4 not null and is text not null'],
  },
  {
    name: 'that demands what could be null is refused',
    now: { users: { ...BEFORE.users, name: 'text not null' } },
    expected: ['users.name must no longer be null'],
  },
  {
    name: 'that demands something new is refused',
    now: { users: { ...BEFORE.users, mail: 'text not null' } },
    expected: ['users.mail is new and must be given'],
  },
  {
    name: 'may remove what the release before asked for no more',
    now: { users: { id: 'uuid not null default', name: 'text' } },
    retired: ['users.age'],
    expected: [],
  },
];

describe('a migration', () => {
  /** Faults of each change, if the previous release had the tables of `BEFORE`. */
  let faults: readonly string[][];
  beforeAll(() => {
    const script = `
      import { brokenFor } from './scripts/released-schema.mjs';
      const cases = JSON.parse(process.argv[1]);
      console.log(JSON.stringify(cases.map(([released, now]) => brokenFor(released, now))));`;
    faults = run(
      script,
      CHANGES.map(({ now, retired = [] }) => [{ release: '1.0.0', tables: BEFORE, retired }, now]),
    );
  });

  it.each(CHANGES.map((change, index) => ({ ...change, index })))('$name', ({ index, expected }) => {
    expect(faults[index]?.map((fault) => fault.replace(/: release 1\.0\.0 would fail.*/, ''))).toEqual(expected);
  });
});

describe('the record of the release', () => {
  it('has statements for every table that the service uses itself', () => {
    const read = (name: string): string => readFileSync(`migrations/released-${name}.json`, 'utf8');
    const { tables } = JSON.parse(read('schema')) as { tables: object };
    const { statements } = JSON.parse(read('statements')) as { statements: string[] };
    const isNamed = (table: string): boolean => statements.some((text) => new RegExp(`\\b${table}\\b`).test(text));
    const unnamed = Object.keys(tables).filter((table) => !table.startsWith('pgboss.') && !isNamed(table));
    // Used only by the adapter of socket.io.
    expect(unnamed).toEqual(['live_attachments']);
    // Of pg-boss's tables, the service uses the queue and the list of instances.
    const asked = ['pgboss.version', 'pgboss.queue', 'pgboss.job_common', 'pgboss.instance'];
    expect(asked.filter((table) => !(table in tables) || !isNamed(table))).toEqual([]);
  });
});

describe('a statement of the previous release', () => {
  const MADE = [
    'CREATE TABLE counts (key text PRIMARY KEY, points integer NOT NULL, kind text)',
    'CREATE VIEW totals AS SELECT kind, sum(points) AS points FROM counts GROUP BY kind',
  ];
  const STATEMENTS = [
    'INSERT INTO counts VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET points = counts.points + excluded.points',
    'SELECT points FROM totals WHERE kind = $1',
    'UPDATE counts SET points = $2 + 1 WHERE key = $1',
  ];

  const CASES: readonly (readonly [name: string, changed: readonly string[], expected: readonly string[]])[] = [
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
  ];
  /** Failures of the statements after `MADE` and then each of the changes. */
  let refusals: readonly string[][];
  beforeAll(() => {
    const script = `
      import { openDatabase } from './dist/libs/database/src/index.js';
      import { configOf } from './dist/libs/config/src/index.js';
      import { refused } from './scripts/released-statements.mjs';
      const [made, changes, statements] = JSON.parse(process.argv[1]);
      const database = await openDatabase(configOf({ 'database.data_dir': 'memory' }).database);
      const refusals = [];
      for (const changed of changes) {
        for (const statement of [...made, ...changed]) await database.query(statement);
        refusals.push(await refused({ release: '1.0.0', statements }, database));
        await database.query('DROP TABLE counts CASCADE');
      }
      console.log(JSON.stringify(refusals));
      await database.destroy();`;
    refusals = run(script, [MADE, CASES.map(([, changed]) => changed), STATEMENTS]);
  });

  it.each(CASES.map(([name, , expected], index) => ({ name, expected, index })))('$name', ({ expected, index }) => {
    expect(refusals[index]?.map((fault) => fault.replace(/^.*in turn: (.*), in\n.*$/s, '$1'))).toEqual(expected);
  });
});
