import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configOf } from '#config';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { ConnectionSecretEntity } from '../src/connections/connection-secret.entity.js';
import { ConnectionSecrets } from '../src/connections/connection-secrets.js';
import { ConnectionEntity } from '../src/connections/connection.entity.js';
import { ConnectionRepository } from '../src/connections/connection.repository.js';
import { SecretKeys } from '../src/connections/secret-keys.js';

const OLD = 'the-key-before-0123456789abcdefghijklmno';
const NEW = 'the-key-of-now-0123456789abcdefghijklmno';
const PLACE = { connectionId: 'a', name: 'token' };

function keys(values: Readonly<Record<string, unknown>>): SecretKeys {
  return new SecretKeys(configOf({ 'database.data_dir': 'memory', ...values }));
}

describe('the key of an installation', () => {
  it('that is in production and has none stores no secret, and says how to make one', () => {
    expect(() => keys({ 'app.mode': 'production' }).seal('text', PLACE)).toThrow(/openssl rand -base64 32/);
  });

  it('is kept beside the data in development, for its owner only, over restarts', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secret-keys-'));
    try {
      const values = { 'database.data_dir': join(folder, 'database') };
      const sealed = keys(values).seal('text', PLACE);
      const file = join(folder, 'secrets-key');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(keys(values).open(sealed, PLACE)).toBe('text');
      expect(readFileSync(file, 'utf8')).not.toContain('text');
      writeFileSync(file, 'damaged');
      expect(() => keys(values).seal('text', PLACE)).toThrow(`no usable key can be kept in ${file}`);
      expect(() => keys(values).open(sealed, PLACE)).toThrow(/app\.secrets_previous_keys/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('decrypts what an earlier one encrypted, where that is named', () => {
    const sealed = keys({ 'app.secrets_key': OLD }).seal('text', PLACE);
    const now = keys({ 'app.secrets_key': NEW, 'app.secrets_previous_keys': [OLD] });
    expect(now.open(sealed, PLACE)).toBe('text');
    expect(() => keys({ 'app.secrets_key': NEW }).open(sealed, PLACE)).toThrow(
      `encrypted with the key ${sealed.keyId}, which is not set`,
    );
  });
});

describe('the secrets of connections', () => {
  let database: TestDatabase;
  let connections: ConnectionRepository;
  const ids: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    const { dataSource } = database;
    connections = new ConnectionRepository(dataSource.getRepository(ConnectionEntity));
    const [{ id: ownerId }] = await dataSource.query<[{ id: string }]>(
      `INSERT INTO users (username, password_hash, role) VALUES ('ada', 'h', 'operator') RETURNING id`,
    );
    for (const name of ['one', 'two']) {
      const id = crypto.randomUUID();
      ids.push(id);
      await connections.insert({ id, name, type: 'guarded', spec: {}, ownerId }, dataSource.manager);
    }
  });
  afterAll(async () => database.close());

  function secrets(values: Readonly<Record<string, unknown>>): ConnectionSecrets {
    return new ConnectionSecrets(database.dataSource.getRepository(ConnectionSecretEntity), keys(values));
  }

  const versioned = (index: number, version = 1) => ({ id: ids[index]!, name: 'one', version });

  it('rotate to another key, all or none, without becoming other secrets', async () => {
    const { manager } = database.dataSource;
    const old = secrets({ 'app.secrets_key': OLD });
    await old.put(
      ids[0]!,
      new Map([
        ['token', 'first'],
        ['password', 'second'],
      ]),
      manager,
    );
    await old.put(ids[1]!, new Map([['token', 'third']]), manager);
    await expect(secrets({ 'app.secrets_key': NEW }).renew()).rejects.toThrow('which is not set');
    expect(await old.of(versioned(0))).toEqual(
      new Map([
        ['token', 'first'],
        ['password', 'second'],
      ]),
    );

    const both = secrets({ 'app.secrets_key': NEW, 'app.secrets_previous_keys': [OLD] });
    expect(await both.renew()).toEqual({ all: 3, renewed: 3 });
    expect(await both.renew()).toEqual({ all: 3, renewed: 0 });
    const now = secrets({ 'app.secrets_key': NEW });
    expect(await now.of(versioned(0))).toEqual(
      new Map([
        ['token', 'first'],
        ['password', 'second'],
      ]),
    );
    expect(await now.of(versioned(1))).toEqual(new Map([['token', 'third']]));
    await expect(old.of(versioned(0))).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('are given for the version that a session is of, and for no other', async () => {
    const now = secrets({ 'app.secrets_key': NEW });
    await expect(now.of(versioned(0, 2))).rejects.toMatchObject({ code: 'unreachable' });
    await connections.update(ids[0]!, { version: 2 }, database.dataSource.manager);
    await expect(now.of(versioned(0, 1))).rejects.toMatchObject({ code: 'unreachable' });
    expect((await now.of(versioned(0, 2))).get('token')).toBe('first');
  });

  it('that were moved to another connection in the database are not given', async () => {
    await database.dataSource.query(
      `UPDATE connection_secrets SET value = t.value, wrapped_key = t.wrapped_key FROM connection_secrets t
        WHERE connection_secrets.connection_id = $1 AND connection_secrets.name = 'token' AND t.connection_id = $2 AND t.name = 'token'`,
      [ids[1], ids[0]],
    );
    await expect(secrets({ 'app.secrets_key': NEW }).of(versioned(1))).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('go with their connection, and no reader of the database sees them', async () => {
    await connections.remove(ids[0]!, database.dataSource.manager);
    const left = await database.dataSource.query<{ connection_id: string }[]>(
      `SELECT connection_id FROM connection_secrets`,
    );
    expect(left.map(({ connection_id: id }) => id)).toEqual([ids[1]]);
    const [{ may }] = await database.dataSource.query<[{ may: boolean }]>(
      `SELECT has_table_privilege('autoscaler_readonly', 'connection_secrets', 'SELECT') AS may`,
    );
    expect(may).toBe(false);
  });
});
