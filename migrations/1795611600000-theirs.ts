import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What another autoscaler wanted of the same servers at the time of a decision, and which one. */
export class Theirs1795611600000 implements MigrationInterface {
  readonly name = 'Theirs1795611600000';

  async up(runner: QueryRunner): Promise<void> {
    // Nullable and without a default: compressed chunks take no other column without being rewritten.
    await runner.query(`ALTER TABLE decisions ADD COLUMN theirs_by text, ADD COLUMN theirs_desired integer`);
    // A timeline of a day reads a few narrow rows of the many that other clusters have in the same chunk.
    await runner.query(
      `CREATE INDEX decisions_cluster_theirs ON decisions (cluster_id, at DESC) WHERE theirs_desired IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX decisions_cluster_theirs`);
    await runner.query(`ALTER TABLE decisions DROP COLUMN theirs_by, DROP COLUMN theirs_desired`);
  }
}
