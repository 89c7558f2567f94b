import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { configOf } from '#config';
import { type Database, openDatabase } from '#database';
import { runCli } from '../support/cli.js';
import { fingerprint } from '../support/fingerprint.js';
import { binary } from './support/binaries.js';
import { PASSWORD, PostgresServer } from './support/postgres.js';

// Debian has no package of it; where somebody has installed it, these run.
const share = execFileSync(binary('pg_config'), ['--sharedir'], { encoding: 'utf8' }).trim();
const withTimescale = existsSync(join(share, 'extension', 'timescaledb.control')) ? describe : describe.skip;

withTimescale('a TimescaleDB server', () => {
  let folder: string;
  let server: PostgresServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ops-backup-'));
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
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

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

  it('is migrated by an owner who is no superuser, and used by a role that owns nothing', async () => {
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
    // Some of it compressed, and all of it summed up, as it is after a while: a job that sums up only the last hours would hide what was before them.
    await server.administer(
      'autoscaler',
      `SELECT compress_chunk(c) FROM show_chunks('decisions', older_than => INTERVAL '10 days') c`,
      `CALL refresh_continuous_aggregate('observations_by_minute', NULL, NULL)`,
      `CALL refresh_continuous_aggregate('observations_by_hour', NULL, NULL)`,
    );
  });

  it('comes back from its backup with every row, its jobs and its rights', async () => {
    const before = await rows('postgres', 'autoscaler');
    expect(before['decisions']).toMatch(/^2881 /);
    const saved = await runCli(['backup'], environment('owner_role', 'autoscaler'));
    expect(saved).toMatchObject({ status: 0, err: '' });
    const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.pgdump.age')) ?? 'missing');
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

  it('says what went wrong with a backup, and leaves none behind', async () => {
    const before = readdirSync(folder);
    const denied = await runCli(['backup'], environment('service', 'autoscaler'));
    expect(denied.status).toBe(1);
    expect(denied.err).toMatch(/^Error: pg_dump failed: .*permission denied/);
    const missing = await runCli(['backup'], { ...environment('owner_role', 'autoscaler'), PATH: '/nowhere' });
    expect(missing).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^Error: pg_dump cannot be run: .*install/),
    });
    expect(missing.err + denied.err).not.toContain(PASSWORD);
    expect(readdirSync(folder)).toEqual(before);
  });
});
