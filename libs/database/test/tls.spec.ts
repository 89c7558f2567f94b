import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configOf } from '#config';
import { openDatabase } from '#database';
import { AUTHORITY, startTlsDatabase, STRANGER, type TlsDatabase } from '../../../test/support/tls-database.js';

let server: TlsDatabase;
beforeAll(async () => {
  server = await startTlsDatabase();
});
afterAll(async () => server.close());

/** Connects and runs one query. */
async function ask(host: string, sslMode: string, sslCaFile: string): Promise<unknown> {
  const { database: config } = configOf({
    'database.host': host,
    'database.port': server.port,
    'database.user': server.user,
    'database.name': server.name,
    'database.ssl_mode': sslMode,
    'database.ssl_ca_file': sslCaFile,
    'database.max_connections': 1,
    'database.connect_retries': 0,
  });
  const database = await openDatabase(config);
  try {
    return await database.query('SELECT 1 AS one');
  } finally {
    await database.destroy();
  }
}

describe('a server with a certificate for localhost, signed by its own authority', () => {
  it.each([
    ['require', 'localhost', ''],
    ['require', 'localhost', AUTHORITY],
    ['verify-ca', 'localhost', AUTHORITY],
    ['verify-ca', '127.0.0.1', AUTHORITY],
    ['verify-full', 'localhost', AUTHORITY],
  ])('is connected over TLS: %s, %s, authority %j', async (mode, host, authority) => {
    const before = server.encrypted.total;
    expect(await ask(host, mode, authority)).toEqual([{ one: 1 }]);
    expect(server.encrypted.total).toBe(before + 1);
  });

  it.each([
    ['disable', 'localhost', '', /no encryption/],
    ['require', 'localhost', STRANGER, /certificate/],
    ['verify-ca', 'localhost', '', /certificate/],
    ['verify-ca', 'localhost', STRANGER, /certificate/],
    ['verify-full', 'localhost', STRANGER, /certificate/],
    ['verify-full', '127.0.0.1', AUTHORITY, /127\.0\.0\.1 is not in the cert's list/],
  ])('is rejected: %s, %s, authority %j', async (mode, host, authority, why) => {
    const failure = ask(host, mode, authority);
    await expect(failure).rejects.toThrow(`failed to ping database (${host}:${server.port}): `);
    await expect(failure).rejects.toThrow(why);
  });
});
