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

/** The role of the service: everything with its rows, nothing with the schema. */
const APP_ROLE = 'autoscaler_app';
/** The role of readers: everything but secrets. */
const READ_ONLY_ROLE = 'autoscaler_readonly';

/** Makes the roles where they are missing; they cannot log in, and belong to the whole server. */
export const ROLES: readonly string[] = [APP_ROLE, READ_ONLY_ROLE].map(
  // Two databases of one server may be made at once.
  (role) => `DO $$
   BEGIN
     IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
       CREATE ROLE ${role} NOLOGIN;
     END IF;
   EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
   END $$`,
);

/** Opens tables that the role which runs this will make to both roles. */
export const DEFAULT_PRIVILEGES: readonly string[] = [
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${APP_ROLE}`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${READ_ONLY_ROLE}`,
];

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

  ...ROLES,
  `GRANT USAGE ON SCHEMA public TO ${APP_ROLE}, ${READ_ONLY_ROLE}`,

  // What the service does: everything with its rows, nothing with the schema.
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${APP_ROLE}`,
  `REVOKE UPDATE, DELETE ON audit_log FROM ${APP_ROLE}`,
  `REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${APP_ROLE}`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${READ_ONLY_ROLE}`,
  // Whoever draws charts needs neither the hashes of passwords nor who is logged in.
  `REVOKE SELECT ON users, revoked_tokens, login_failures FROM ${READ_ONLY_ROLE}`,
  `GRANT SELECT (id, username, role, created_at, updated_at, last_login_at) ON users TO ${READ_ONLY_ROLE}`,
  // The tables of later migrations.
  ...DEFAULT_PRIVILEGES,
];

// The roles stay: other databases of the server may use them.
const DOWN = [
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ${APP_ROLE}, ${READ_ONLY_ROLE}`,
  `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${APP_ROLE}, ${READ_ONLY_ROLE}`,
  `REVOKE ALL (id, username, role, created_at, updated_at, last_login_at) ON users FROM ${READ_ONLY_ROLE}`,
  `REVOKE USAGE ON SCHEMA public FROM ${APP_ROLE}, ${READ_ONLY_ROLE}`,
  `DROP TRIGGER audit_log_stays ON audit_log`,
  `DROP FUNCTION refuse_change()`,
  `DROP TABLE login_failures`,
];
