import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PostgresServer } from './support/postgres.js';

const SERVICE = `it's of the service: "0123" $HOME`;
const OWNER = 'of-the-owner-0123';

let folder: string;
let server: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ops-roles-'));
  // As in the database image.
  writeFileSync(
    join(folder, 'pg_hba.conf'),
    'host    all   all   127.0.0.1/32   trust\nhost all all all scram-sha-256\n',
  );
  // Debian has no package of TimescaleDB, and its functions are not needed here.
  server = await PostgresServer.start({ extensions: { timescaledb: '' } });
  await server.initialize({ service: SERVICE, owner: OWNER }, { PGDATA: folder });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a statement as one of the roles. */
async function as(user: string, password: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, password, database: 'autoscaler' });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('deploy/postgres/init.sh', () => {
  it('creates an owner with all privileges in the database and without superuser rights', async () => {
    await as('autoscaler_owner', OWNER, 'CREATE TABLE made (n integer)');
    const [role] = await as('autoscaler_owner', OWNER, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
    expect(role).toEqual({ rolsuper: false });
  });

  it('creates a role for the service that owns nothing, with any password', async () => {
    const [role] = await as(
      'autoscaler',
      SERVICE,
      `SELECT pg_has_role(current_user, 'autoscaler_app', 'member') AS is_app`,
    );
    expect(role).toEqual({ is_app: true });
    await expect(as('autoscaler', SERVICE, 'CREATE TABLE made_too (n integer)')).rejects.toThrow('permission denied');
  });

  it('rejects other roles, and connections without TLS', async () => {
    await server.administer('postgres', `CREATE ROLE stranger LOGIN PASSWORD 'stranger'`);
    await expect(as('stranger', 'stranger', 'SELECT 1')).rejects.toThrow('permission denied for database');
    const access = readFileSync(join(folder, 'pg_hba.conf'), 'utf8').split('\n');
    expect(access).toContain('hostssl all all all scram-sha-256');
    expect(access.filter((line) => /^host +all +all +all/.test(line))).toEqual([]);
  });
});
