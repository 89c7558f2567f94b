import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { configOf } from '#config';
import { type Database, DEFAULT_PRIVILEGES, openDatabase, ROLES } from '#database';
import { runCli } from '../support/cli.js';
import { fingerprint } from '../support/fingerprint.js';
import { binary } from './support/binaries.js';
import { PASSWORD, PostgresServer } from './support/postgres.js';
import { withTimescale } from './support/timescale.js';

let folder: string;
let server: PostgresServer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ops-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function environment(user: string, database: string): Record<string, string> {
  return {
    PATH: `${dirname(binary('pg_dump'))}:${process.env['PATH'] ?? ''}`,
    AUTOSCALER_DATABASE_HOST: '127.0.0.1',
    AUTOSCALER_DATABASE_PORT: String(server.port),
    AUTOSCALER_DATABASE_USER: user,
    AUTOSCALER_DATABASE_PASSWORD: PASSWORD,
    AUTOSCALER_DATABASE_NAME: database,
    AUTOSCALER_BACKUP_DIR: folder,
    AUTOSCALER_BACKUP_KEY: 'a passphrase of this test',
  };
}

/** Saves a database as its owner. @returns path of the backup */
async function save(user: string, database: string): Promise<string> {
  expect(await runCli(['backup'], environment(user, database))).toMatchObject({ status: 0, err: '' });
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.pgdump.age')) ?? 'missing');
}

async function as(user: string, database: string): Promise<Database> {
  return openDatabase(
    configOf({
      'database.host': '127.0.0.1',
      'database.port': server.port,
      'database.user': user,
      'database.password': PASSWORD,
      'database.name': database,
    }).database,
  );
}

async function rows(user: string, database: string): Promise<Record<string, string>> {
  const opened = await as(user, database);
  try {
    return await fingerprint(opened);
  } finally {
    await opened.destroy();
  }
}

withTimescale('a TimescaleDB server', () => {
  beforeAll(async () => {
    server = await PostgresServer.start({
      settings: [`shared_preload_libraries = 'timescaledb'`, 'timescaledb.telemetry_level = off'],
    });
    await server.administer(
      'postgres',
      `CREATE ROLE owner_role LOGIN CREATEROLE PASSWORD '${PASSWORD}'`,
      `CREATE ROLE service LOGIN PASSWORD '${PASSWORD}'`,
      'CREATE DATABASE autoscaler OWNER owner_role',
      'CREATE DATABASE restored OWNER owner_role',
    );
  });
  afterAll(async () => server?.stop());

  it('is migrated by an owner without superuser rights, and used by a role that owns nothing', async () => {
    const migrated = await runCli(['migrate'], environment('owner_role', 'autoscaler'));
    expect(migrated).toMatchObject({ status: 0, err: '' });
    await server.administer('autoscaler', 'GRANT autoscaler_app TO service');
    const database = await as('service', 'autoscaler');
    try {
      const statements = [
        `INSERT INTO users (username, password_hash, role) VALUES ('ada', 'hash', 'admin')`,
        `INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, status)
           SELECT id, 'web', 1, 9, '{"slo": {}}', '{"type": "simulator"}', 'active' FROM users`,
        `INSERT INTO observations (at, cluster_id, active, provisioning, draining, reporting, cpu, demand, saturated)
           SELECT at, id, 3, 0, 0, 3, 50, 1.5, false FROM clusters, generate_series(now() - INTERVAL '20 days', now(), '10 minutes') at`,
        `INSERT INTO decisions SELECT at, gen_random_uuid(), id, 'MAINTAIN', 3, 3, 3, 0, 'slo', 'ok', 'enough', 'act', '[]'
           FROM clusters, generate_series(now() - INTERVAL '20 days', now(), '10 minutes') at`,
        `INSERT INTO samples SELECT now(), id, 's1', 1, 2, 3 FROM clusters`,
        `INSERT INTO audit_log (actor, action, outcome) VALUES ('ada', 'auth.login', 'success')`,
      ];
      for (const statement of statements) await database.query(statement);
      await expect(database.query('DELETE FROM audit_log')).rejects.toThrow('permission denied');
      await expect(database.query(`SELECT drop_chunks('samples', now())`)).rejects.toThrow('must be owner');
    } finally {
      await database.destroy();
    }
    // Compresses a part and aggregates all, as after some time: a job that aggregates only the last hours would hide
    // what was before them.
    await server.administer(
      'autoscaler',
      `SELECT compress_chunk(c) FROM show_chunks('decisions', older_than => INTERVAL '10 days') c`,
      `CALL refresh_continuous_aggregate('observations_by_minute', NULL, NULL)`,
      `CALL refresh_continuous_aggregate('observations_by_hour', NULL, NULL)`,
    );
  });

  it('is restored from its backup with every row, its jobs and its privileges', async () => {
    const before = await rows('postgres', 'autoscaler');
    expect(before['decisions']).toMatch(/^2881 /);
    const file = await save('owner_role', 'autoscaler');
    const denied = await runCli(['restore', file], environment('owner_role', 'restored'));
    expect(denied).toMatchObject({ status: 1, err: expect.stringContaining('restore as a superuser') });
    await server.administer('postgres', 'ALTER ROLE owner_role SUPERUSER');
    const restored = await runCli(['restore', file], environment('owner_role', 'restored'));
    await server.administer('postgres', 'ALTER ROLE owner_role NOSUPERUSER');
    expect(restored).toMatchObject({ status: 0, err: '' });
    expect(await rows('postgres', 'restored')).toEqual(before);
    const jobs = `SELECT proc_name, hypertable_name, config->>'drop_after' AS after FROM timescaledb_information.jobs WHERE job_id >= 1000 ORDER BY 1, 2`;
    const [[there], [here]] = [await server.administer('autoscaler', jobs), await server.administer('restored', jobs)];
    expect(here?.rows).toEqual(there?.rows);
    expect(here?.rows.length).toBeGreaterThan(10);
    const [compressed] = await server.administer(
      'restored',
      `SELECT count(*)::int AS n FROM timescaledb_information.chunks WHERE is_compressed`,
    );
    expect(compressed?.rows).toEqual([{ n: expect.any(Number) }]);
    expect(compressed?.rows).not.toEqual([{ n: 0 }]);
    const service = await as('service', 'restored');
    await service.query(`INSERT INTO samples SELECT now(), id, 's2', 1, 2, 3 FROM clusters`);
    await expect(service.query('DELETE FROM audit_log')).rejects.toThrow('permission denied');
    await service.destroy();
    expect(await runCli(['migrate'], environment('owner_role', 'restored'))).toMatchObject({
      status: 0,
      out: 'the schema is up to date\n',
    });
    expect(await runCli(['restore', file], environment('postgres', 'restored'))).toMatchObject({
      status: 1,
      err: expect.stringContaining('the database is not empty'),
    });
  });
});

// Debian's PostgreSQL with a stub extension of that name that only records calls of its two functions. Hypertables are
// plain tables here; TimescaleDB's requirements are tested above. The rest is real: pg_dump and pg_restore, the list of
// restored entries, encryption, owners and privileges.
describe('a server with a stub of TimescaleDB', () => {
  const STAND_IN = `
    CREATE TABLE called (step text, tables bigint);
    CREATE FUNCTION note(step text) RETURNS bool LANGUAGE sql AS $$
      INSERT INTO called SELECT step, count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'called' RETURNING true
    $$;
    CREATE FUNCTION timescaledb_pre_restore() RETURNS bool LANGUAGE sql AS $$ SELECT note('pre_restore') $$;
    CREATE FUNCTION timescaledb_post_restore() RETURNS bool LANGUAGE sql AS $$ SELECT note('post_restore') $$;`;
  let before: Record<string, string>;

  beforeAll(async () => {
    server = await PostgresServer.start({ extensions: { timescaledb: STAND_IN } });
    await server.administer(
      'postgres',
      `CREATE ROLE old_owner LOGIN PASSWORD '${PASSWORD}'`,
      `CREATE ROLE owner_role LOGIN SUPERUSER PASSWORD '${PASSWORD}'`,
      ...ROLES,
      `CREATE ROLE service LOGIN PASSWORD '${PASSWORD}' IN ROLE autoscaler_app`,
      'CREATE DATABASE autoscaler OWNER old_owner',
    );
    await server.administer('autoscaler', 'CREATE EXTENSION timescaledb', 'GRANT ALL ON called TO PUBLIC');
    const database = await as('old_owner', 'autoscaler');
    try {
      for (const statement of [
        ...DEFAULT_PRIVILEGES,
        'CREATE TABLE clusters (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL UNIQUE, policy jsonb)',
        `CREATE TABLE decisions (at timestamptz, cluster_id uuid NOT NULL REFERENCES clusters ON DELETE CASCADE, why text,
           PRIMARY KEY (cluster_id, at))`,
        'CREATE TABLE audit_log (at timestamptz DEFAULT now(), action text)',
        'REVOKE UPDATE, DELETE ON audit_log FROM autoscaler_app',
        'CREATE TABLE migrations (name text)',
        'REVOKE ALL ON migrations FROM autoscaler_app',
        'CREATE VIEW decisions_by_day AS SELECT cluster_id, at::date AS day, count(*) FROM decisions GROUP BY 1, 2',
        `INSERT INTO clusters (name, policy) SELECT 'web ' || n, jsonb_build_object('slo', n) FROM generate_series(1, 20) n`,
        `INSERT INTO decisions SELECT at, id, E'a\ttab, a \\ and an é' FROM clusters,
           generate_series(now() - INTERVAL '20 days', now(), '1 hour') at`,
        `INSERT INTO audit_log (action) VALUES ('auth.login')`,
      ]) {
        await database.query(statement);
      }
    } finally {
      await database.destroy();
    }
    before = await rows('postgres', 'autoscaler');
    expect(before['decisions']).toMatch(/^9620 /);
  });
  afterAll(async () => server?.stop());
  afterEach(async () => {
    await server.administer('postgres', 'DROP DATABASE IF EXISTS restored');
  });

  it('is restored from its backup with every row and its privileges, under another owner', async () => {
    const file = await save('old_owner', 'autoscaler');
    // As on another server, where no role has this name.
    await server.administer('postgres', 'ALTER ROLE old_owner RENAME TO nobody_else');
    await server.administer('postgres', 'CREATE DATABASE restored OWNER owner_role');
    try {
      const restored = await runCli(['restore', file], environment('owner_role', 'restored'));
      expect(restored).toMatchObject({ status: 0, err: '' });
    } finally {
      await server.administer('postgres', `ALTER ROLE nobody_else RENAME TO old_owner`);
      await server.administer('postgres', `ALTER ROLE old_owner PASSWORD '${PASSWORD}'`);
    }
    expect(await rows('postgres', 'restored')).toEqual(before);
    const [steps, owners] = await server.administer(
      'restored',
      'SELECT step, tables::int FROM called',
      `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'called'`,
    );
    expect(steps?.rows).toEqual([
      { step: 'pre_restore', tables: 0 },
      { step: 'post_restore', tables: 4 },
    ]);
    expect(owners?.rows).toEqual([{ tableowner: 'owner_role' }]);
    await server.administer('restored', 'SET ROLE owner_role', 'CREATE TABLE later (n integer)');
    const service = await as('service', 'restored');
    try {
      await service.query(`INSERT INTO audit_log (action) VALUES ('auth.logout')`);
      await service.query('INSERT INTO later VALUES (1)');
      await expect(service.query('DELETE FROM audit_log')).rejects.toThrow('permission denied');
    } finally {
      await service.destroy();
    }
    expect(await runCli(['restore', file], environment('owner_role', 'restored'))).toMatchObject({
      status: 1,
      err: expect.stringContaining('the database is not empty'),
    });
  });

  it('is not changed by a backup that is incomplete, or has another key', async () => {
    const file = await save('old_owner', 'autoscaler');
    await server.administer('postgres', 'CREATE DATABASE restored OWNER owner_role');
    const wrong = { ...environment('owner_role', 'restored'), AUTOSCALER_BACKUP_KEY: 'another passphrase' };
    expect(await runCli(['restore', file], wrong)).toMatchObject({
      status: 1,
      err: expect.stringContaining('cannot be decrypted with backup.key'),
    });
    truncateSync(file, statSync(file).size - 100);
    expect((await runCli(['restore', file], environment('owner_role', 'restored'))).status).toBe(1);
    const [there] = await server.administer(
      'restored',
      `SELECT count(*)::int AS n FROM pg_extension WHERE extname = 'timescaledb'`,
    );
    expect(there?.rows).toEqual([{ n: 0 }]);
  });

  it('reports why a backup failed, and leaves no file behind', async () => {
    const denied = await runCli(['backup'], environment('service', 'autoscaler'));
    expect(denied.status).toBe(1);
    expect(denied.err).toMatch(/^Error: pg_dump failed: .*permission denied/);
    const missing = await runCli(['backup'], { ...environment('old_owner', 'autoscaler'), PATH: '/nowhere' });
    expect(missing).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^Error: pg_dump cannot be run: .*install/),
    });
    expect(missing.err + denied.err).not.toContain(PASSWORD);
    expect(readdirSync(folder)).toEqual([]);
  });
});
