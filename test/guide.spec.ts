import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';

const PLACE = /`((?:apps|libs|test)\/[^`]*spec\.ts)`((?:,? "[^"]+")*)/g;

it('every test that docs/guide.md names is there', async () => {
  const guide = await readFile('docs/guide.md', 'utf8');
  const rows = guide.split('\n').filter((line) => line.startsWith('|') && !/^\|\s*(-|the guide says)/.test(line));
  const missing: string[] = [];
  let named = 0;
  for (const [, file = '', names = ''] of rows.flatMap((row) => [...row.matchAll(PLACE)])) {
    const source = await readFile(file, 'utf8').catch(() => '');
    for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) {
      named += 1;
      if (!source.includes(`'${name}'`)) missing.push(`${file}: ${name}`);
    }
  }
  expect(missing).toEqual([]);
  expect(named).toBeGreaterThan(rows.length);
  // A line that no test shows is one that nobody could show, or is not there yet.
  expect(rows.filter((row) => !row.includes('spec.ts') && !/Not yet|NestJS/.test(row))).toEqual([]);
});
