import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';

/** Rendered examples by code. */
export type Golden = ReadonlyMap<string, readonly string[]>;

/**
 * Compares sentences with a golden file, so that a change of words is one diff. `UPDATE_GOLDEN=1` writes the file.
 *
 * @param file beside the test, for example `new URL('golden/alerts.txt', import.meta.url)`
 */
export function expectGolden(file: URL, golden: Golden): void {
  const path = fileURLToPath(file);
  const text = [...golden].map(([code, sentences]) => `${code}\n${sentences.map((one) => `  ${one}\n`).join('')}`);
  const rendered = text.join('\n');
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, rendered);
  }
  expect(rendered).toBe(readFileSync(path, 'utf8'));
}
