import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Backtests as jobs: what is to be played, who plays it, and what came of it. Nothing refers to clusters and users by foreign key, as
 * history does not either: their rows stay.
 */
export class Backtests1795478400000 implements MigrationInterface {
  readonly name = 'Backtests1795478400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE backtests (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        cluster_id uuid NOT NULL,
        created_by uuid NOT NULL,
        created_by_name text NOT NULL,
        status text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        progress real NOT NULL DEFAULT 0,
        request jsonb NOT NULL,
        trace text,
        result jsonb,
        error text,
        attempts integer NOT NULL DEFAULT 0,
        claimed_by uuid,
        alive_at timestamptz,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz
      )`,
    );
    await runner.query(`CREATE INDEX backtests_cluster ON backtests (cluster_id, created_at, id)`);
    await runner.query(
      `CREATE INDEX backtests_waiting ON backtests (created_at) WHERE status IN ('queued', 'running')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE IF EXISTS backtests`);
  }
}
