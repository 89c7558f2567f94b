import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '#config';

const FILE = 'jwt-secret';
/** A shorter file was not written by this program, or not completely. */
const LEAST_LENGTH = 64;

/**
 * A secret for an installation that configures none: the stored one, or else a new one, beside the data folder and readable by
 * its owner only. Where nothing can be stored (such as with a database in memory), it is lost with the process.
 */
export function keptSecret({ database, app }: Pick<AppConfig, 'database' | 'app'>): string {
  const fresh = randomBytes(48).toString('base64');
  if (database.dataDir === 'memory' || app.mode === 'production') return fresh;
  const file = join(dirname(database.dataDir), FILE);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, fresh, { flag: 'wx', mode: 0o600 });
    return fresh;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const kept = code === 'EEXIST' ? read(file) : '';
    if (kept.length >= LEAST_LENGTH) return kept;
    new Logger('Auth').warn(
      `logins will end at the next restart: cannot keep a usable secret in ${file}; remove the file, make its folder writable, or set api.jwt_secret`,
    );
    return fresh;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
