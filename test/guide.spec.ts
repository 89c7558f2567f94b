import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';

const PLACE = /`((?:apps|libs|test)\/[^`]*spec\.ts)`((?:,? "[^"]+")*)/g;
const SCRIPT = /`npm (?:run )?([\w:]+)/g;

/** The tests named in a text, and those that do not exist: a file, or a title in it. */
async function testsIn(text: string): Promise<{ named: number; missing: string[] }> {
  const missing: string[] = [];
  let named = 0;
  for (const [, file = '', names = ''] of text.matchAll(PLACE)) {
    const source = await readFile(file, 'utf8').catch(() => null);
    named += 1;
    if (source === null) missing.push(file);
    for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) {
      named += 1;
      if (source?.includes(`'${name}'`) === false) missing.push(`${file}: ${name}`);
    }
  }
  return { named, missing };
}

it('every test that docs/guide.md names exists', async () => {
  const guide = await readFile('docs/guide.md', 'utf8');
  const rows = guide.split('\n').filter((line) => line.startsWith('|') && !/^\|\s*(-|the guide says)/.test(line));
  const { named, missing } = await testsIn(rows.join('\n'));
  expect(missing).toEqual([]);
  expect(named).toBeGreaterThan(2 * rows.length);
  // A row without a test is either not provable or not implemented yet.
  expect(rows.filter((row) => !row.includes('spec.ts') && !/Not yet|NestJS/.test(row))).toEqual([]);
});

it.each(['docs/security.md', 'docs/deployment.md'])('every test and every check that %s names exists', async (file) => {
  const text = await readFile(file, 'utf8');
  const { named, missing } = await testsIn(text);
  expect(missing).toEqual([]);
  expect(named).toBeGreaterThan(0);
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: object };
  expect([...text.matchAll(SCRIPT)].map(([, script = '']) => script).filter((name) => !(name in scripts))).toEqual([]);
});

it('every claim of docs/security.md names its proof', async () => {
  const text = await readFile('docs/security.md', 'utf8');
  const claims = text.split(/\n(?=## )/).filter((section) => section.includes('| shown by'));
  const rows = claims.flatMap((section) => section.split('\n')).filter((line) => /^\| (?!claim|-)/.test(line));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !/spec\.ts`|`npm run check|\| the same/.test(row))).toEqual([]);
});
