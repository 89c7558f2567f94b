import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which scaling events belong to a simulated past. */
export class SimulatedEvents1795644000000 implements MigrationInterface {
  readonly name = 'SimulatedEvents1795644000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE scaling_events ADD COLUMN simulated boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    // An older program would take them for what it did.
    await runner.query(`DELETE FROM scaling_events WHERE simulated`);
    await runner.query(`ALTER TABLE scaling_events DROP COLUMN simulated`);
  }
}
