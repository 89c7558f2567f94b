import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { configOf } from '#config';
import { type Database, openDatabase } from '#database';
import { migratedDump } from '#database/testing';
import { withInertService } from '../apps/autoscaler/src/cli/inert-service.js';
import { exportDefinitions, importDefinitions } from '../apps/autoscaler/src/definitions/definitions.js';
import { OperationalError } from '../apps/autoscaler/src/operational.error.js';
import { runCli } from './support/cli.js';

let folder: string;
let exported: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'definitions-spec-'));
  exported = join(folder, 'clusters.yaml');
  const migrated = await migratedDump();
  await inDatabase(
    'first',
    async (database) => {
      await database.query(
        `INSERT INTO users (username, password_hash, role) VALUES ('bob', 'h', 'operator'), ('ada', 'h', 'admin')`,
      );
      await database.query(
        `INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, config, status, cost)
       SELECT id, name, 1, 9, policy::jsonb, '{"type": "simulator"}', '{"interval": "30s"}', status, cost::jsonb FROM users,
         (VALUES ('web', '{"slo": {"violations": "2%", "max_utilization": "85%"}}', 'active', '{"per_server_hour": 0.192, "currency": "USD"}'),
                 ('api', '{"target_tracking": {"metrics": [{"metric": "cpu", "target": 60}]}}', 'paused', NULL)) AS c (name, policy, status, cost)`,
      );
    },
    migrated,
  );
  await inDatabase(
    'second',
    async (database) =>
      database.query(
        `INSERT INTO users (username, password_hash, role) VALUES ('ada', 'h', 'admin'), ('bob', 'h', 'operator')`,
      ),
    migrated,
  );
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function inDatabase<T>(name: string, work: (database: Database) => Promise<T>, loadFrom?: string): Promise<T> {
  const { database: config } = configOf({ 'database.data_dir': join(folder, name) });
  const database = await openDatabase(config, [], loadFrom === undefined ? {} : { loadFrom });
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

async function run(name: string, ...args: string[]): Promise<Awaited<ReturnType<typeof runCli>>> {
  return runCli(args, { AUTOSCALER_DATABASE_DATA_DIR: join(folder, name) });
}

/** Runs in this process, where a separate process adds nothing. */
async function withService(name: string, work: (app: INestApplication) => Promise<void>): Promise<void> {
  const config = configOf({
    'database.data_dir': join(folder, name),
    'api.jwt_secret': 'only-for-this-test-0123456789abcdef',
  });
  await withInertService(config, work);
}

async function definitionsIn(name: string): Promise<object[]> {
  return inDatabase(name, async (database) =>
    database.query<object[]>(
      `SELECT lower(username) AS owner, name, min_servers, max_servers, policy, config, status, cost
         FROM clusters JOIN users ON users.id = owner_id WHERE deleted_at IS NULL ORDER BY 1, 2`,
    ),
  );
}

describe('clusters and policies as YAML', () => {
  it('have a fixed order, without data of one installation', async () => {
    const { status, out, err } = await run('first', 'export');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.match(/owner: \w+|name: \w+/g)).toEqual(
      ['ada', 'bob'].flatMap((owner) => [`owner: ${owner}`, 'name: api', `owner: ${owner}`, 'name: web']),
    );
    expect(out).toContain('violations: 2%');
    expect(out).toContain('per_server_hour: 0.192\n      currency: USD\n');
    expect(out).not.toMatch(/created_at|password|hold/);
    expect((await run('first', 'export', '--out', exported)).status).toBe(0);
    expect(await readFile(exported, 'utf8')).toBe(out);
  });

  it('create the same clusters elsewhere, and change nothing the second time', async () => {
    const tried = await run('second', 'import', exported, '--dry-run');
    expect(tried).toMatchObject({ status: 0, err: '', out: expect.stringContaining('create    ada/web\n') });
    expect(await definitionsIn('second')).toEqual([]);
    const created = await run('second', 'import', exported);
    expect(created.out).toBe('create    ada/api\ncreate    ada/web\ncreate    bob/api\ncreate    bob/web\n');
    expect((await run('first', 'import', exported)).out).not.toMatch(/create|update/);
    await withService('second', async (app) => {
      const text = await readFile(exported, 'utf8');
      expect(await exportDefinitions(app)).toBe(text);
      expect((await importDefinitions(app, text, false)).map(({ action }) => action)).toEqual(
        Array(4).fill('unchanged'),
      );
      const [{ n }] = await app
        .get(DataSource)
        .query<[{ n: number }]>(
          `SELECT count(*)::int AS n FROM audit_log WHERE action = 'cluster.create' AND ip = 'command line'`,
        );
      expect(n).toBe(4);
    });
  });

  it('change what differs, and leave the rest', async () => {
    const changed = join(folder, 'changed.yaml');
    await writeFile(
      changed,
      'version: 1\nclusters:\n  - { owner: Bob, name: WEB, min_servers: 3, max_servers: 9 }\n  - { owner: bob, name: new, min_servers: 1, max_servers: 2 }\n',
    );
    const { out } = await run('second', 'import', changed);
    expect(out).toBe('update    Bob/WEB\ncreate    bob/new\n');
    expect(await definitionsIn('second')).toContainEqual(
      expect.objectContaining({
        owner: 'bob',
        name: 'WEB',
        min_servers: 3,
        policy: expect.objectContaining({ slo: expect.objectContaining({ violations: '2%' }) }),
        // The file says nothing about it.
        cost: { per_server_hour: 0.192, currency: 'USD' },
      }),
    );
    expect(await definitionsIn('second')).toHaveLength(5);
  });

  it('are not imported beside a running service, which the command reports in one line', async () => {
    const { status, out, err } = await inDatabase('first', async () => run('first', 'export'));
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/^Error: the data folder \S+ is in use by process \d+; [^\n]+\n$/);
  });

  it('are not exported by a service that cannot be built; the command ends with the reason', async () => {
    const env = {
      AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'first'),
      AUTOSCALER_PROVIDERS_PLUGINS: 'no-such-package',
    };
    const err = expect.stringMatching(/^Error: providers\.plugins names "no-such-package", [^\n]+\n$/);
    expect(await runCli(['export'], env)).toEqual({ status: 1, out: '', err });
    // The database was closed: its folder is free again.
    expect((await run('first', 'export')).out).toBe(await readFile(exported, 'utf8'));
  });

  it('are rejected by the command with the reason', async () => {
    const broken = join(folder, 'broken.yaml');
    await writeFile(broken, 'version: 1\nclusters: [');
    const { status, err } = await run('second', 'import', broken);
    expect(err).toMatch(/^Error: the file is not valid YAML/);
    expect(status).toBe(1);
  });

  it('are reported by the command if they cannot be written', async () => {
    const { status, err } = await run('second', 'export', '--out', join(folder, 'missing', 'clusters.yaml'));
    expect({ status, err }).toEqual({
      status: 1,
      err: expect.stringMatching(/^Error: .*clusters\.yaml cannot be written: ENOENT.*\n$/),
    });
  });

  it('are rejected with every error, and nothing is changed', async () => {
    const faulty: readonly (readonly [text: string, expected: string | RegExp])[] = [
      ['clusters: []', 'must say "version: 1"'],
      ['version: 1\nclusters: [*missing]', 'the file is not valid YAML: Unresolved alias'],
      [
        'version: 1\nclusters:\n  - { owner: bob, name: "<b>", min_servers: x, max_servers: 2 }\n  - { name: a, min_servers: 1, max_servers: 2, colour: red }',
        /clusters\[0\]: name must consist[^]*clusters\[0\]: min_servers must[^]*clusters\[1\]: owner must be[^]*clusters\[1\]: colour is not a known field/,
      ],
      [
        'version: 1\nclusters:\n  - { owner: bob, name: a, min_servers: 1, max_servers: 2 }\n  - { owner: Bob, name: A, min_servers: 1, max_servers: 2 }',
        'bob/a is there twice',
      ],
      [
        'version: 1\nclusters:\n  - { owner: bob, name: a, min_servers: 1, max_servers: 2, provider: { type: simulator, cluster_id: shared } }\n  - { owner: ada, name: a, min_servers: 1, max_servers: 2, provider: { type: simulator, cluster_id: shared } }',
        'ada/a leads to the same servers as bob/a (127.0.0.1:9000/shared)',
      ],
      [
        'version: 1\nclusters:\n  - { owner: eve, name: a, min_servers: 1, max_servers: 2 }',
        'there is no account of the owners eve',
      ],
      [
        'version: 1\nclusters:\n  - { owner: bob, name: a, min_servers: 3, max_servers: 2 }',
        'clusters[0]: min_servers (3) must not be greater than max_servers (2)',
      ],
    ];
    await withService('second', async (app) => {
      for (const [text, expected] of faulty) {
        const refused = importDefinitions(app, text, false);
        await expect(refused).rejects.toBeInstanceOf(OperationalError);
        await expect(refused).rejects.toThrow(expected);
      }
    });
    expect(await definitionsIn('second')).toHaveLength(5);
  });
});
