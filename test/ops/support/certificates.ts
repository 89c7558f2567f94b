import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';
import { binary } from './binaries.js';

/** A certificate and its key, as files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Certificates created by deploy/certificates.sh, and its output. */
export interface Certificates {
  /** The certificate of the authority, as a file. */
  readonly ca: string;
  /** For the names `database` and `localhost`. */
  readonly database: Certificate;
  /** For the domain and `localhost`. */
  readonly proxy: Certificate;
  readonly printed: string;
}

/** Runs deploy/certificates.sh. @param folder output; an existing authority is reused @param args domain and days */
export function makeCertificates(folder: string, ...args: string[]): Certificates {
  mkdirSync(folder, { recursive: true });
  const printed = execFileSync('sh', ['deploy/certificates.sh', ...args], {
    env: { PATH: [dirname(binary('openssl')), process.env['PATH']].join(delimiter), CERTIFICATES: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const certificate = (name: string): Certificate => ({
    cert: join(folder, `${name}.pem`),
    key: join(folder, `${name}.key`),
  });
  return { ca: join(folder, 'ca.pem'), database: certificate('database'), proxy: certificate('proxy'), printed };
}
