import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configOf } from '#config';
import { openDatabase } from '#database';
import { type Certificates, makeCertificates } from './support/certificates.js';
import { PASSWORD, PostgresServer } from './support/postgres.js';

let folder: string;
let authority: Certificates;
let stranger: Certificates;
let secured: PostgresServer;
let plain: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ops-tls-'));
  authority = makeCertificates(join(folder, 'authority'));
  stranger = makeCertificates(join(folder, 'stranger'));
  secured = await PostgresServer.start({
    certificate: authority.database,
    access: 'hostssl',
  });
  plain = await PostgresServer.start();
});
afterAll(async () => {
  await secured?.stop();
  await plain?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Attempt {
  readonly mode: string;
  readonly host?: string;
  readonly ca?: 'authority' | 'stranger';
  readonly server?: 'plain';
}

/** Whether the connection is encrypted; throws the error that an operator would see. */
async function connect({ mode, host = 'localhost', ca, server }: Attempt): Promise<boolean> {
  const authorities = { authority, stranger };
  const { database: config } = configOf({
    'database.host': host,
    'database.port': (server === 'plain' ? plain : secured).port,
    'database.user': 'postgres',
    'database.password': PASSWORD,
    'database.name': 'postgres',
    'database.ssl_mode': mode,
    'database.ssl_ca_file': ca === undefined ? '' : authorities[ca].ca,
    'database.connect_retries': 3,
  });
  const database = await openDatabase(config);
  try {
    const [row] = await database.query<[{ ssl: boolean }]>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return row.ssl;
  } finally {
    await database.destroy();
  }
}

describe('a connection to a database with a certificate', () => {
  it.each<Attempt>([
    { mode: 'require' },
    { mode: 'require', host: '127.0.0.1' },
    { mode: 'require', ca: 'authority', host: '127.0.0.1' },
    { mode: 'verify-ca', ca: 'authority' },
    { mode: 'verify-ca', ca: 'authority', host: '127.0.0.1' },
    { mode: 'verify-full', ca: 'authority' },
  ])('is encrypted with %j', async (attempt) => {
    expect(await connect(attempt)).toBe(true);
  });

  const NOT_SIGNED =
    /^failed to ping database \(localhost:\d+\): .*(certificate|signature).*; the certificate is not signed by an authority of database\.ssl_ca_file/;
  it.each<[Attempt, RegExp]>([
    [{ mode: 'disable' }, /no encryption; the server wants TLS: set database\.ssl_mode/],
    [{ mode: 'require', ca: 'stranger' }, NOT_SIGNED],
    [{ mode: 'verify-ca', ca: 'stranger' }, NOT_SIGNED],
    [{ mode: 'verify-full', ca: 'stranger' }, NOT_SIGNED],
    [{ mode: 'verify-ca' }, NOT_SIGNED],
    [{ mode: 'verify-full' }, NOT_SIGNED],
    [{ mode: 'verify-full', ca: 'authority', host: '127.0.0.1' }, /the certificate is not made out to database\.host/],
  ])('is refused with %j', async (attempt, expected) => {
    await expect(connect(attempt)).rejects.toThrow(expected);
  });
});

describe('a connection to a database without a certificate', () => {
  it('is made if no TLS is requested', async () => {
    expect(await connect({ mode: 'disable', server: 'plain' })).toBe(false);
  });

  it.each(['require', 'verify-ca', 'verify-full'])('is rejected with %s', async (mode) => {
    await expect(connect({ mode, server: 'plain' })).rejects.toThrow(
      /does not support SSL connections; switch TLS on at the server/,
    );
  });
});
