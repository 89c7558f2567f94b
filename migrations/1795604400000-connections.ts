import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where providers are reached and with which credentials: stored by name, shared, and their secrets encrypted. */
export class Connections1795604400000 implements MigrationInterface {
  readonly name = 'Connections1795604400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE connection_secrets`);
    await runner.query(`DROP TABLE connections`);
  }
}

const UP = [
  `CREATE TABLE connections (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    type text NOT NULL,
    spec jsonb NOT NULL,
    owner_id uuid NOT NULL REFERENCES users (id),
    shared boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  `CREATE UNIQUE INDEX connections_name ON connections (name)`,
  `CREATE INDEX connections_owner ON connections (owner_id)`,
  // Each value is encrypted with a key of its own, and that key with the one of the installation that key_id names.
  `CREATE TABLE connection_secrets (
    connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name text NOT NULL,
    key_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (connection_id, name)
  )`,
  `REVOKE SELECT ON connection_secrets FROM autoscaler_readonly`,
];
