import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The servers that a Kubernetes HPA would have had when a forecast was made. */
export class HpaCounts1795636800000 implements MigrationInterface {
  readonly name = 'HpaCounts1795636800000';

  async up(runner: QueryRunner): Promise<void> {
    // Nullable and without a default: compressed chunks take no other column without being rewritten.
    await runner.query(`ALTER TABLE forecasts ADD COLUMN hpa_desired integer`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE forecasts DROP COLUMN hpa_desired`);
  }
}
