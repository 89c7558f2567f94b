import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a server of a cluster costs, as its owner states it. */
export class ClusterCost1795626000000 implements MigrationInterface {
  readonly name = 'ClusterCost1795626000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters ADD COLUMN cost jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters DROP COLUMN cost`);
  }
}
