import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How users were served at the time of an observation, as the source of the cluster counts it. */
export class Measured1795640400000 implements MigrationInterface {
  readonly name = 'Measured1795640400000';

  async up(runner: QueryRunner): Promise<void> {
    // Nullable and without a default: compressed chunks take no other column without being rewritten.
    await runner.query(
      `ALTER TABLE observations ADD COLUMN measured_request_rate double precision, ADD COLUMN measured_bad_rate double precision`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE observations DROP COLUMN measured_request_rate, DROP COLUMN measured_bad_rate`);
  }
}
