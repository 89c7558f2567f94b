import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When scaling events were recorded that were carried out while the database was down. */
export class LateEvents1795618800000 implements MigrationInterface {
  readonly name = 'LateEvents1795618800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE scaling_events ADD COLUMN recorded_late_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE scaling_events DROP COLUMN recorded_late_at`);
  }
}
