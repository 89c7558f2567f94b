import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Until when the history of a cluster was simulated: clusters of the demo begin with a past. */
export class SimulatedPast1795633200000 implements MigrationInterface {
  readonly name = 'SimulatedPast1795633200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters ADD COLUMN simulated_until timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clusters DROP COLUMN simulated_until`);
  }
}
