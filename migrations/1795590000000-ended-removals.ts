import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A removal that was carried out a moment ago counts with those that other clusters want now. */
export class EndedRemovals1795590000000 implements MigrationInterface {
  readonly name = 'EndedRemovals1795590000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE removal_proposals ADD COLUMN ended boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE removal_proposals DROP COLUMN ended`);
  }
}
