import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who ticks the clusters of this database: a single instance, or several that share. Never both. */
export class Occupancy1795546800000 implements MigrationInterface {
  readonly name = 'Occupancy1795546800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE occupancy`);
  }
}

// One row, rewritten every second by whoever is there.
const UP = `CREATE TABLE occupancy (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  mode text NOT NULL CHECK (mode IN ('single', 'shared')),
  instance text NOT NULL,
  seen_at timestamptz NOT NULL
) WITH (fillfactor = 50)`;
