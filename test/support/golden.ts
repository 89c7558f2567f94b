import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';

/** Rendered examples by code. */
export type Golden = ReadonlyMap<string, readonly string[]>;

/**
 * Numbers of a sentence, to check that a headline has at most two: a duration is one, and those in a bracket are not the
 * sentence's own.
 */
export function numbersIn(sentence: string): number {
  const plain = sentence.replaceAll(/\([^)]*\)|"[^"]*"/g, '').replaceAll(/(\d+ (?:d|h|min)) \d+ (?:h|min|s)\b/g, '$1');
  return plain.match(/\d+(?:\.\d+)?/g)?.length ?? 0;
}

/**
 * Compares sentences with a golden file, so that a change of words is one diff. `UPDATE_GOLDEN=1` writes the file.
 *
 * @param file beside the test, for example `new URL('golden/alerts.txt', import.meta.url)`
 */
export function expectGolden(file: URL, golden: Golden): void {
  const path = fileURLToPath(file);
  const text = [...golden].map(
    ([code, sentences]) => `${code}\n${sentences.map((one) => `  ${one.replaceAll('\n', '\n    ')}\n`).join('')}`,
  );
  const rendered = text.join('\n');
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, rendered);
  }
  expect(rendered).toBe(readFileSync(path, 'utf8'));
}
