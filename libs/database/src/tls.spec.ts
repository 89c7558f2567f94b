import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { tlsOptions } from './tls.js';

let folder: string;
let sslCaFile: string;
const pem = rootCertificates[0] as string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  sslCaFile = join(folder, 'ca.pem');
  writeFileSync(sslCaFile, pem);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('TLS modes', () => {
  it('disable means no TLS', () => {
    expect(tlsOptions({ sslMode: 'disable', sslCaFile: '' })).toBe(false);
  });

  it('require encrypts without verification', () => {
    expect(tlsOptions({ sslMode: 'require', sslCaFile: '' })).toEqual({ rejectUnauthorized: false });
  });

  it.each(['require', 'verify-ca'] as const)(
    '%s with an authority verifies the signer, and not the name',
    (sslMode) => {
      const options = tlsOptions({ sslMode, sslCaFile });
      expect(options).toMatchObject({ ca: [pem], rejectUnauthorized: true });
      expect(options !== false && options.checkServerIdentity?.('any.example', {} as never)).toBeUndefined();
    },
  );

  it('verify-full leaves the check of the name to Node', () => {
    const options = tlsOptions({ sslMode: 'verify-full', sslCaFile });
    expect(options).toEqual({ ca: [pem], rejectUnauthorized: true });
  });

  it('trusts the authorities of Node and of the system by default', () => {
    const options = tlsOptions({ sslMode: 'verify-full', sslCaFile: '' });
    expect(options !== false && options.ca).toContain(rootCertificates[0]);
  });

  it('reports a file that cannot be read, or is no certificate', () => {
    expect(() => tlsOptions({ sslMode: 'verify-ca', sslCaFile: '/nowhere.pem' })).toThrow(
      'database.ssl_ca_file cannot be read: ENOENT',
    );
    const key = join(folder, 'key.pem');
    writeFileSync(key, '-----BEGIN PRIVATE KEY-----');
    expect(() => tlsOptions({ sslMode: 'verify-full', sslCaFile: key })).toThrow('contains no certificate in PEM form');
  });
});
