import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which change of bounds or hold a person took back last, so that the loop brings back the count from before it. */
export class UndoneChanges1795597200000 implements MigrationInterface {
  readonly name = 'UndoneChanges1795597200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters ADD COLUMN undone jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters DROP COLUMN undone`);
  }
}
