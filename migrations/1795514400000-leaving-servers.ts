import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the few ticks that saw servers leave: a timeline of days asks for them, and the aggregates do not have them. */
export class LeavingServers1795514400000 implements MigrationInterface {
  readonly name = 'LeavingServers1795514400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX observations_leaving ON observations (cluster_id, at DESC) WHERE draining > 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX observations_leaving`);
  }
}
