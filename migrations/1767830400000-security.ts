import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Locks after failed logins, audit rows that stay as they are, and roles with the least that they need. The roles cannot log in; those
 * that can are made members of them (docs/deployment.md). They belong to the whole server, so another database may have made them.
 */
export class Security1767830400000 implements MigrationInterface {
  readonly name = 'Security1767830400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const APP = 'autoscaler_app';
const READ_ONLY = 'autoscaler_readonly';

const UP = [
  `CREATE TABLE login_failures (
    kind text NOT NULL CHECK (kind IN ('account', 'address')),
    subject text NOT NULL,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (kind, subject)
  )`,
  `CREATE INDEX login_failures_last_at ON login_failures (last_at)`,

  // Rights alone would not hold where the service logs in as the owner.
  `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'rows of % are written once and stay as they are', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
   END $$`,
  `CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,

  createRole(APP),
  createRole(READ_ONLY),
  `GRANT USAGE ON SCHEMA public TO ${APP}, ${READ_ONLY}`,

  // What the service does: everything with its rows, nothing with the schema.
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${APP}`,
  `REVOKE UPDATE, DELETE ON audit_log FROM ${APP}`,
  `REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${APP}`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${READ_ONLY}`,
  // Whoever draws charts needs neither the hashes of passwords nor who is logged in.
  `REVOKE SELECT ON users, revoked_tokens, login_failures FROM ${READ_ONLY}`,
  `GRANT SELECT (id, username, role, created_at, updated_at, last_login_at) ON users TO ${READ_ONLY}`,
  // The tables of later migrations.
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${APP}`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${READ_ONLY}`,
];

/** Two databases of one server may be migrated at once. */
function createRole(role: string): string {
  return `DO $$
   BEGIN
     IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
       CREATE ROLE ${role} NOLOGIN;
     END IF;
   EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
   END $$`;
}

// The roles stay: other databases of the server may use them.
const DOWN = [
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ${APP}, ${READ_ONLY}`,
  `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${APP}, ${READ_ONLY}`,
  `REVOKE ALL (id, username, role, created_at, updated_at, last_login_at) ON users FROM ${READ_ONLY}`,
  `REVOKE USAGE ON SCHEMA public FROM ${APP}, ${READ_ONLY}`,
  `DROP TRIGGER audit_log_stays ON audit_log`,
  `DROP FUNCTION refuse_change()`,
  `DROP TABLE login_failures`,
];
