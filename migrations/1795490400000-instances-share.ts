import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What instances tell each other through the database: live events that are too long for a notification, and counts of requests. */
export class InstancesShare1795490400000 implements MigrationInterface {
  readonly name = 'InstancesShare1795490400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

/** Unlogged: nothing in here is worth a write to the log, or missed after a crash. */
export const LIVE_ATTACHMENTS = `CREATE UNLOGGED TABLE live_attachments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  payload bytea NOT NULL
)`;

const UP = [
  LIVE_ATTACHMENTS,
  // Columns as rate-limiter-flexible fills them, in this order; `expire` in milliseconds since the epoch.
  `CREATE UNLOGGED TABLE rate_limits (
    key varchar(255) PRIMARY KEY,
    points integer NOT NULL DEFAULT 0,
    expire bigint
  )`,
  // Whoever draws charts need not know who asks for what.
  `REVOKE SELECT ON live_attachments, rate_limits FROM autoscaler_readonly`,
];

const DOWN = [`DROP TABLE rate_limits`, `DROP TABLE live_attachments`];
