import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { UsersService } from '#auth';
import { configOf } from '#config';
import { openDatabase } from '#database';
import { migratedDump } from '#database/testing';
import { ConnectionRepository, ConnectionSecrets, ConnectionsService } from '#providers';
import { withInertService } from '../apps/autoscaler/src/cli/inert-service.js';
import { exportDefinitions, importDefinitions } from '../apps/autoscaler/src/definitions/definitions.js';
import { runCli } from './support/cli.js';

const KEY = 'the-key-that-signs-0123456789';
const OLD = 'the-key-before-0123456789abcdefghijklmno';
const NEW = 'the-key-of-now-0123456789abcdefghijklmno';
const ADAPTER = 'http://adapter.example:9000';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connection-definitions-'));
  const loadFrom = await migratedDump();
  for (const name of ['first', 'second']) {
    const { database: config } = configOf({ 'database.data_dir': join(folder, name, 'database') });
    const database = await openDatabase(config, [], { loadFrom });
    await database.query(
      `INSERT INTO users (username, password_hash, role) VALUES ('ada', 'h', 'admin'), ('bob', 'h', 'operator')`,
    );
    await database.destroy();
  }
});
afterAll(async () => {
  delete process.env['CONNECTION_MY_ADAPTER_HMAC_KEY'];
  await rm(folder, { recursive: true, force: true });
});

async function withService<T>(
  name: string,
  work: (app: INestApplication) => Promise<T>,
  values: Readonly<Record<string, unknown>> = { 'app.secrets_key': OLD },
): Promise<T> {
  const config = configOf({
    'database.data_dir': join(folder, name, 'database'),
    'api.jwt_secret': 'only-for-this-test-0123456789abcdef',
    'collector.allowed_urls': [ADAPTER, 'http://moved.example:9000'],
    ...values,
  });
  return withInertService(config, work);
}

async function secretIn(app: INestApplication): Promise<string | undefined> {
  const connection = await app.get(ConnectionRepository, { strict: false }).find('my-adapter');
  return (await app.get(ConnectionSecrets, { strict: false }).of(connection!)).get('hmac_key');
}

describe('connections as YAML', () => {
  let exported: string;

  it('are exported with references instead of secrets', async () => {
    exported = await withService('first', async (app) => {
      const bob = await app.get(UsersService).findByName('bob');
      const caller = { id: bob!.id, username: 'bob', role: 'operator', scope: 'own', ip: 'test' } as const;
      const given = { name: 'my-adapter', type: 'http', spec: { url: ADAPTER }, secrets: { hmac_key: KEY } };
      await app.get(ConnectionsService, { strict: false }).create(caller, given);
      await importDefinitions(
        app,
        'version: 1\nclusters: [{ owner: bob, name: web, min_servers: 1, max_servers: 2, provider: { type: http, connection: my-adapter, cluster_id: web } }]',
        false,
      );
      return exportDefinitions(app);
    });
    expect(exported).toContain('hmac_key:\n        env: CONNECTION_MY_ADAPTER_HMAC_KEY\n');
    expect(exported).toContain('connection: my-adapter');
    expect(exported).not.toContain(KEY);
  });

  it('need their secrets elsewhere, and are created with the clusters that name them', async () => {
    await withService('second', async (app) => {
      await expect(importDefinitions(app, exported, false)).rejects.toThrow(
        'set the variable CONNECTION_MY_ADAPTER_HMAC_KEY to the secret hmac_key',
      );
      process.env['CONNECTION_MY_ADAPTER_HMAC_KEY'] = KEY;
      const steps = [
        { action: 'create', kind: 'connection', owner: 'bob', name: 'my-adapter' },
        { action: 'create', kind: 'cluster', owner: 'bob', name: 'web' },
      ];
      expect(await importDefinitions(app, exported, true)).toEqual(steps);
      expect(await app.get(ConnectionRepository, { strict: false }).all()).toEqual([]);
      expect(await importDefinitions(app, exported, false)).toEqual(steps);
      expect(await secretIn(app)).toBe(KEY);
      expect(await exportDefinitions(app)).toBe(exported);
      delete process.env['CONNECTION_MY_ADAPTER_HMAC_KEY'];
      // Known secrets need not be given again.
      const again = await importDefinitions(app, exported, false);
      expect(again.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
    });
  });

  it('change if the file, or the referenced secret, has changed', async () => {
    const file = join(folder, 'hmac-key');
    await writeFile(file, `${NEW}\n`);
    await withService('second', async (app) => {
      const actionOf = async (text: string) => (await importDefinitions(app, text, false))[0]?.action;
      const elsewhere = exported.replace(ADAPTER, 'http://moved.example:9000').replace('shared: false', 'shared: true');
      expect(await actionOf(elsewhere)).toBe('update');
      expect(await secretIn(app)).toBe(KEY);
      const fromFile = elsewhere.replace('env: CONNECTION_MY_ADAPTER_HMAC_KEY', `file: ${file}`);
      expect(await actionOf(fromFile)).toBe('update');
      expect(await secretIn(app)).toBe(NEW);
      expect(await actionOf(fromFile)).toBe('unchanged');
      const [stored] = await app.get(ConnectionRepository, { strict: false }).all();
      expect(stored).toMatchObject({ spec: { url: 'http://moved.example:9000' }, shared: true, version: 3 });
    });
  });

  it.each([
    [
      'a secret itself',
      '{ owner: bob, name: a, type: http, spec: { url: "http://adapter.example:9000" }, secrets: { hmac_key: the-secret } }',
      'must say where the secret is',
    ],
    [
      'another owner',
      '{ owner: ada, name: my-adapter, type: http, spec: { url: "http://adapter.example:9000" } }',
      'of another owner or type',
    ],
    [
      'an address that is not allowed',
      '{ owner: bob, name: a, type: http, spec: { url: "http://other.example" } }',
      'allowed_urls',
    ],
    ['an unknown type', '{ owner: bob, name: a, type: other, spec: {} }', 'type must be one of'],
    [
      'an unknown field',
      '{ owner: bob, name: a, type: http, spec: {}, token: the-secret }',
      'token is not a known field',
    ],
    ['no name', '{ owner: bob, type: http }', 'name must be given'],
    ['an unknown owner', '{ owner: eve, name: a, type: http }', 'no account of the owners eve'],
  ])('are rejected with %s', async (_name, entry, expected) => {
    await withService('second', async (app) => {
      const refused = importDefinitions(app, `version: 1\nconnections: [${entry}]\nclusters: []`, false);
      await expect(refused).rejects.toThrow(expected);
      await expect(refused).rejects.not.toThrow('the-secret');
    });
  });
});

describe('autoscaler rotate-secrets', () => {
  it('encrypts stored secrets with the current key, and reports it', async () => {
    const run = async (env: Readonly<Record<string, string>>) =>
      runCli(['rotate-secrets'], { AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'first', 'database'), ...env });
    const lost = await run({ AUTOSCALER_APP_SECRETS_KEY: NEW });
    expect(lost).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^Error: nothing was changed: .*previous_keys\n$/),
    });
    const done = await run({ AUTOSCALER_APP_SECRETS_KEY: NEW, AUTOSCALER_APP_SECRETS_PREVIOUS_KEYS: OLD });
    expect(done).toEqual({
      status: 0,
      err: '',
      out: '1 of 1 secrets are encrypted with app.secrets_key now; the others were before\n',
    });
    expect(await withService('first', secretIn, { 'app.secrets_key': NEW })).toBe(KEY);
  });
});
