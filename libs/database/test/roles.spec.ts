import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../src/testing.js';

let database: TestDatabase;
let runner: QueryRunner;
beforeAll(async () => {
  database = await createTestDatabase();
  runner = database.dataSource.createQueryRunner();
  await runner.query(`INSERT INTO users (username, password_hash, role) VALUES ('ada', 'hash', 'admin')`);
});
afterAll(async () => {
  await runner.release();
  await database.close();
});
afterEach(async () => runner.query('RESET ROLE'));

/** Result of a statement, which is rolled back. */
async function outcome(role: string | undefined, statement: string): Promise<string> {
  await runner.startTransaction();
  try {
    if (role !== undefined) await runner.query(`SET LOCAL ROLE ${role}`);
    await runner.query(statement);
    return 'done';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await runner.rollbackTransaction();
  }
}

/** Tables and views of the service and of pg-boss on which the role lacks one of these privileges. */
async function lacks(role: string, ...rights: string[]): Promise<string[]> {
  const rows = await runner.query(
    `SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname IN ('public', 'pgboss') AND relkind IN ('r', 'p', 'v')
        AND NOT (SELECT bool_and(has_table_privilege($1, pg_class.oid, wanted)) FROM unnest($2::text[]) AS wanted) ORDER BY 1`,
    [role, rights],
  );
  return (rows as { name: string }[]).map(({ name }) => name);
}

const AUDIT = `INSERT INTO audit_log (actor, action, outcome) VALUES ('ada', 'auth.login', 'success')`;
const SAMPLE = `INSERT INTO samples VALUES (now(), gen_random_uuid(), 's1', 1, 1, 1)`;

describe('the role of the service', () => {
  it.each([
    AUDIT,
    'SELECT * FROM audit_log',
    SAMPLE,
    'SELECT * FROM observations_by_minute',
    `UPDATE users SET role = 'viewer'`,
    `DELETE FROM login_failures`,
    `INSERT INTO freezes (frozen_by) VALUES ('ada') ON CONFLICT (id) DO NOTHING`,
    'DELETE FROM freezes',
    'DELETE FROM removal_proposals',
    'SELECT url, secret FROM alert_webhooks',
    'SELECT name FROM migrations',
    'SELECT job_id FROM timescaledb_information.jobs',
    'SELECT reschedule_finished_jobs(ARRAY[1000])',
    // As the adapter of socket.io does.
    `WITH written AS (INSERT INTO live_attachments (payload) VALUES ('x') RETURNING id) SELECT payload FROM live_attachments WHERE id IN (SELECT id FROM written)`,
    'DELETE FROM live_attachments WHERE created_at < now()',
  ])('may: %s', async (statement) => {
    expect(await outcome('autoscaler_app', statement)).toBe('done');
  });

  it('may read and write all rows, including those of pg-boss, except the audit log and the list of migrations', async () => {
    expect(await lacks('autoscaler_app', 'SELECT')).toEqual([]);
    expect(await lacks('autoscaler_app', 'INSERT')).toEqual(['migrations']);
    expect(await lacks('autoscaler_app', 'UPDATE', 'DELETE')).toEqual(['audit_log', 'migrations']);
  });

  it.each([
    [`UPDATE audit_log SET actor = 'eve'`, 'permission denied for table audit_log'],
    ['DELETE FROM audit_log', 'permission denied for table audit_log'],
    ['TRUNCATE audit_log', 'permission denied for table audit_log'],
    ['ALTER TABLE audit_log DISABLE TRIGGER ALL', 'must be owner of table audit_log'],
    ['DROP TABLE audit_log', 'must be owner of table audit_log'],
    ['DELETE FROM migrations', 'permission denied for table migrations'],
    ['CREATE TABLE mine (id integer)', 'permission denied for schema public'],
    [`SELECT remove_retention_policy('samples')`, 'must be owner of hypertable "samples"'],
    ['CREATE ROLE eve SUPERUSER', /permission denied to create role|must be superuser to create superusers/],
  ])('may not: %s', async (statement, expected) => {
    expect(await outcome('autoscaler_app', statement)).toMatch(expected);
  });
});

describe('the role of readers', () => {
  it.each([
    'SELECT * FROM clusters',
    'SELECT * FROM observations_by_hour',
    'SELECT id, username, role, scope, disabled_at FROM users',
  ])('may: %s', async (statement) => {
    expect(await outcome('autoscaler_readonly', statement)).toBe('done');
  });

  it.each([
    ['SELECT password_hash FROM users', 'permission denied for table users'],
    ['SELECT * FROM revoked_tokens', 'permission denied for table revoked_tokens'],
    ['SELECT url FROM alert_webhooks', 'permission denied for table alert_webhooks'],
    ['DELETE FROM freezes', 'permission denied for table freezes'],
    ['SELECT * FROM login_failures', 'permission denied for table login_failures'],
    [`SELECT ip FROM audit_log WHERE outcome = 'failure'`, 'permission denied for table audit_log'],
    [SAMPLE, 'permission denied for table samples'],
    ['DELETE FROM clusters', 'permission denied for table clusters'],
    [AUDIT, 'permission denied for table audit_log'],
  ])('may not: %s', async (statement, expected) => {
    expect(await outcome('autoscaler_readonly', statement)).toMatch(expected);
  });
});

describe('the audit log', () => {
  it.each([`UPDATE audit_log SET actor = 'eve'`, 'DELETE FROM audit_log', 'TRUNCATE audit_log'])(
    'cannot be changed even by its owner: %s',
    async (statement) => {
      expect(await outcome(undefined, statement)).toBe('rows of audit_log are written once and stay as they are');
    },
  );
});

describe('tables of later migrations', () => {
  it('have the same privileges for both roles', async () => {
    await runner.query('CREATE TABLE later (id integer)');
    expect(await outcome('autoscaler_app', 'INSERT INTO later VALUES (1)')).toBe('done');
    expect(await outcome('autoscaler_readonly', 'SELECT * FROM later')).toBe('done');
    expect(await outcome('autoscaler_readonly', 'DELETE FROM later')).toBe('permission denied for table later');
    await runner.query('DROP TABLE later');
  });
});
