import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Alerts that are to be posted to webhooks outlive the process that raised them. */
export class AlertDeliveries1795593600000 implements MigrationInterface {
  readonly name = 'AlertDeliveries1795593600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE alert_deliveries`);
  }
}

const UP = [
  // `receiver`: the user whose webhook it is, or the nil UUID for that of the installation. No foreign key: what waits for a webhook that is
  // gone is discarded when its turn comes, and a tick cannot fail on it. Neither URL nor secret is here.
  `CREATE TABLE alert_deliveries (
    id uuid NOT NULL,
    receiver uuid NOT NULL,
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, receiver)
  )`,
  `CREATE UNIQUE INDEX alert_deliveries_in_order ON alert_deliveries (receiver, seq)`,
];
