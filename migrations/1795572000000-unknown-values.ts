import type { MigrationInterface, QueryRunner } from 'typeorm';

const METRICS = ['cpu', 'memory', 'request_rate'] as const;

/** Samples of which a part is known, and which of the active servers were warming up when a cluster was observed. */
export class UnknownValues1795572000000 implements MigrationInterface {
  readonly name = 'UnknownValues1795572000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const metric of METRICS) await runner.query(`ALTER TABLE samples ALTER COLUMN ${metric} DROP NOT NULL`);
    await runner.query(`ALTER TABLE observations ADD COLUMN warming integer NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE observations DROP COLUMN warming`);
    await runner.query(`DELETE FROM samples WHERE ${METRICS.map((metric) => `${metric} IS NULL`).join(' OR ')}`);
    for (const metric of METRICS) await runner.query(`ALTER TABLE samples ALTER COLUMN ${metric} SET NOT NULL`);
  }
}
