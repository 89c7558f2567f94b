import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a person say that a large removal is to be made at once, and take back the last change of bounds or hold. */
export class LargeChanges1795561200000 implements MigrationInterface {
  readonly name = 'LargeChanges1795561200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE clusters ADD COLUMN hold_immediate boolean NOT NULL DEFAULT false,
        ADD COLUMN bounds_immediate boolean NOT NULL DEFAULT false, ADD COLUMN undo jsonb`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE clusters DROP COLUMN hold_immediate, DROP COLUMN bounds_immediate, DROP COLUMN undo`,
    );
  }
}
