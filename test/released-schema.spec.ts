import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';

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
