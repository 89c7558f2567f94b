import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The running release, from `package.json`. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw new Error('package.json is missing; it belongs beside the program');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
