import { readFileSync } from 'node:fs';
import type { ConfigFault } from './faults.js';
import { keysOf } from './keys.js';
import { removeAt, setAt, type Tree, valueAt } from './tree.js';

/** Larger than any secret; rejects a log or a device named by mistake. */
const MOST_BYTES = 65_536;

/** Content of a file without the final line break, or the reason why it cannot be read, without any content. */
export function readSecretFile(file: string): { readonly value?: string; readonly problem?: string } {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > MOST_BYTES) return { problem: `${file} is longer than ${MOST_BYTES} bytes` };
    const value = bytes.toString('utf8').replace(/\r?\n$/, '');
    return value === '' ? { problem: `${file} is empty` } : { value };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Supports `jwt_secret_file: PATH` instead of `jwt_secret` in the configuration file, for every secret key. */
export function readKeysFromFiles(tree: Tree, from: string, sources: Map<string, string>, faults: ConfigFault[]): void {
  for (const { key, secret } of keysOf()) {
    const fileKey = `${key}_file`;
    const file = secret ? valueAt(tree, fileKey) : undefined;
    if (file === undefined) continue;
    removeAt(tree, fileKey.split('.'));
    if (file === '') continue;
    if (typeof file !== 'string') faults.push({ key: fileKey, problem: 'is not valid; allowed is a path' });
    else if ((valueAt(tree, key) ?? '') !== '')
      faults.push({ key, problem: `is set beside ${fileKey}; leave one of them out` });
    else {
      const { value, problem } = readSecretFile(file);
      if (problem !== undefined) faults.push({ key: fileKey, problem: `names a file that cannot be read: ${problem}` });
      else if (setAt(tree, key, value)) sources.set(key, `${from} (${file})`);
    }
  }
}
