import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * No two live clusters lead to the same servers. `target_key` says where a cluster leads; only the service knows where those lead that name
 * no endpoint, so it fills the keys in before it ticks anything, and puts the younger one of two into `error` (libs/clusters/src/target).
 */
export class ClusterTargets1795579200000 implements MigrationInterface {
  readonly name = 'ClusterTargets1795579200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE clusters ADD COLUMN target_key text, ADD COLUMN conflicts_with uuid REFERENCES clusters (id)`,
    );
    await runner.query(`CREATE UNIQUE INDEX clusters_target ON clusters (target_key) WHERE deleted_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX clusters_target`);
    await runner.query(`ALTER TABLE clusters DROP COLUMN target_key, DROP COLUMN conflicts_with`);
  }
}
