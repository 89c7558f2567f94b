import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What stops all acting, what holds many removals at once, and where alerts of an account are sent. */
export class Brakes1795568400000 implements MigrationInterface {
  readonly name = 'Brakes1795568400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE alert_webhooks, removal_proposals, freezes`);
  }
}

const UP = [
  // At most one row: it is there while nothing may act.
  `CREATE TABLE freezes (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    frozen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    frozen_by text NOT NULL,
    reason text
  )`,
  `CREATE TABLE removal_proposals (
    cluster_id uuid PRIMARY KEY REFERENCES clusters (id) ON DELETE CASCADE,
    endpoint text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    held boolean NOT NULL DEFAULT false,
    released_by text
  )`,
  `CREATE TABLE alert_webhooks (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    url text NOT NULL,
    secret text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  // Also the address of a webhook may be a secret.
  `REVOKE ALL ON alert_webhooks FROM autoscaler_readonly`,
];
