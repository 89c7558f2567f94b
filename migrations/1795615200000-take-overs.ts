import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which other autoscalers were switched off, so that the service scales the servers of a cluster. */
export class TakeOvers1795615200000 implements MigrationInterface {
  readonly name = 'TakeOvers1795615200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters ADD COLUMN taken_over jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters DROP COLUMN taken_over`);
  }
}
