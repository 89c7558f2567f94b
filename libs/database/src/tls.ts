import { readFileSync } from 'node:fs';
import { type ConnectionOptions, getCACertificates } from 'node:tls';
import type { AppConfig } from '#config';
import { DatabaseError } from './database.error.js';

/**
 * TLS options of `pg` for a mode of libpq (PostgreSQL documentation, "SSL Mode Descriptions"): `require` encrypts without verification
 * (with an authority it is `verify-ca`, as in libpq), `verify-ca` checks the signer, `verify-full` the host name too.
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
      if (sslCaFile === '') return { rejectUnauthorized: false };
      return { ca: authorities(sslCaFile), rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-ca':
      return { ca: authorities(sslCaFile), rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ca: authorities(sslCaFile), rejectUnauthorized: true };
    default:
      return sslMode satisfies never;
  }
}

function authorities(file: string): string[] {
  // Node uses its own list of authorities by default; a company's authority is in the system's list.
  if (file === '') return [...getCACertificates('default'), ...getCACertificates('system')];
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new DatabaseError(`database.ssl_ca_file cannot be read: ${(error as Error).message}`, { cause: error });
  }
  // TLS would ignore anything else, and then refuse every server.
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new DatabaseError(`database.ssl_ca_file ${file} contains no certificate in PEM form`);
  return [pem];
}
