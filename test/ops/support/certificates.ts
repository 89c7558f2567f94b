import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from './binaries.js';

/** A certificate and its key, as files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test's own. */
export class Authority {
  readonly cert: string;
  private readonly key: string;

  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {
    this.cert = join(folder, `${name}.pem`);
    this.key = join(folder, `${name}.key`);
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      this.key,
      '-out',
      this.cert,
    );
  }

  /** @param names subject alternative names, such as `DNS:localhost` or `IP:127.0.0.1` */
  issue(name: string, names: readonly string[]): Certificate {
    const at = (extension: string): string => join(this.folder, `${this.name}-${name}.${extension}`);
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      at('key'),
      '-out',
      at('csr'),
    );
    writeFileSync(at('ext'), `subjectAltName=${names.join(',')}\n`);
    openssl(
      'x509',
      '-req',
      '-in',
      at('csr'),
      '-CA',
      this.cert,
      '-CAkey',
      this.key,
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      at('ext'),
      '-out',
      at('pem'),
    );
    return { cert: at('pem'), key: at('key') };
  }
}

function openssl(...args: string[]): void {
  execFileSync(binary('openssl'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
