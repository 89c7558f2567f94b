import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { AppConfig } from '#config';
import { DatabaseError } from './database.error.js';

/**
 * TLS options of `pg` for a mode of libpq (PostgreSQL documentation, "SSL Mode Descriptions"): `require` encrypts and trusts anybody,
 * `verify-ca` checks the signer, `verify-full` the host name too.
 *
 * @returns `false` for `disable`
 */
export function tlsOptions({
  sslMode,
  sslCaFile,
}: Pick<AppConfig['database'], 'sslMode' | 'sslCaFile'>): false | ConnectionOptions {
  switch (sslMode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { ...authority(sslCaFile), rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...authority(sslCaFile), rejectUnauthorized: true };
    default:
      return sslMode satisfies never;
  }
}

function authority(file: string): { ca?: string } {
  if (file === '') return {};
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new DatabaseError(`database.ssl_ca_file cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
