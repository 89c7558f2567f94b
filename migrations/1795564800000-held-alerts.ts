import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Alerts that hold and the back-off of a cluster survive the process that raised them. */
export class HeldAlerts1795564800000 implements MigrationInterface {
  readonly name = 'HeldAlerts1795564800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE cluster_states ADD COLUMN alerts jsonb, ADD COLUMN backoff jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE cluster_states DROP COLUMN alerts, DROP COLUMN backoff`);
  }
}
