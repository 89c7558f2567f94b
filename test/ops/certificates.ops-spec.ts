import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificate, makeCertificates } from './support/certificates.js';

const DOMAIN = 'autoscaler.example.com';

let folder: string;
let here: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ops-certificates-'));
  here = join(folder, 'certificates');
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (file: string): X509Certificate => new X509Certificate(readFileSync(file));
const serial = ({ cert }: Certificate): string => read(cert).serialNumber;

describe('deploy/certificates.sh', () => {
  it('creates certificates for the database and a domain, with keys readable by their owner only', () => {
    const { ca, database, proxy } = makeCertificates(here, DOMAIN, '30');
    for (const [{ cert }, names] of [
      [database, 'DNS:database, DNS:localhost'],
      [proxy, `DNS:${DOMAIN}, DNS:localhost`],
    ] as const) {
      expect(read(cert).verify(read(ca).publicKey)).toBe(true);
      expect(read(cert).subjectAltName).toBe(names);
      const days = (read(cert).validToDate.getTime() - read(cert).validFromDate.getTime()) / 86_400_000;
      expect(days).toBe(30);
    }
    const modes = readdirSync(here)
      .filter((name) => /\.(key|pem)$/.test(name))
      .map((name) => [name, (statSync(join(here, name)).mode & 0o777).toString(8)]);
    expect(Object.fromEntries(modes)).toEqual({
      'ca.key': '600',
      'ca.pem': '644',
      'database.key': '600',
      'database.pem': '644',
      'proxy.key': '600',
      'proxy.pem': '644',
    });
  });

  it('replaces them for the same domain, with the same authority, when it runs again', () => {
    const before = makeCertificates(here, DOMAIN);
    const [authority, ...old] = [readFileSync(before.ca), serial(before.database), serial(before.proxy)];
    const after = makeCertificates(here);
    expect(readFileSync(after.ca)).toEqual(authority);
    expect(old).not.toContain(serial(after.database));
    expect(old).not.toContain(serial(after.proxy));
    expect(read(after.proxy.cert).subjectAltName).toBe(`DNS:${DOMAIN}, DNS:localhost`);
    const moved = makeCertificates(here, 'other.example.com');
    expect(read(moved.proxy.cert).subjectAltName).toBe('DNS:other.example.com, DNS:localhost');
  });

  it('keeps a certificate of another authority, regardless of the domain', () => {
    const { proxy, database } = makeCertificates(here, DOMAIN);
    const other = makeCertificates(join(folder, 'public'), DOMAIN).proxy;
    copyFileSync(other.cert, proxy.cert);
    copyFileSync(other.key, proxy.key);
    const old = serial(database);
    for (const args of [[], [DOMAIN], ['other.example.com']]) {
      expect(makeCertificates(here, ...args).printed).toContain('issued by another authority, left unchanged');
      expect(readFileSync(proxy.cert)).toEqual(readFileSync(other.cert));
      expect(readFileSync(proxy.key)).toEqual(readFileSync(other.key));
    }
    expect(serial(database)).not.toBe(old);
  });

  it('recognizes its own certificate although it has expired', () => {
    makeCertificates(here, DOMAIN, '-1');
    expect(makeCertificates(here).printed).toContain(`proxy.pem: for ${DOMAIN}`);
  });

  it('uses localhost if no domain was ever named', () => {
    expect(read(makeCertificates(here).proxy.cert).subject).toBe('CN=localhost');
  });
});
