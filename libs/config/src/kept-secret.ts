import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppConfig } from './schema.js';

/** A shorter file was not written by this program, or not completely. */
const LEAST_LENGTH = 64;

/** A generated secret, and the file that stores it; `null` if the file cannot be used. */
export interface KeptSecret {
  readonly file: string;
  readonly secret: string | null;
}

/** A new random secret. */
export function freshSecret(): string {
  return randomBytes(48).toString('base64');
}

/** The stored secret of this name, or else a new one, beside the data folder and readable by its owner only. */
export function keptSecret({ database }: Pick<AppConfig, 'database'>, name: string): KeptSecret {
  const file = join(dirname(database.dataDir), name);
  const fresh = freshSecret();
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, fresh, { flag: 'wx', mode: 0o600 });
    return { file, secret: fresh };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const kept = code === 'EEXIST' ? read(file) : '';
    return { file, secret: kept.length >= LEAST_LENGTH ? kept : null };
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
