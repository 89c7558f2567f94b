import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ENGINE_SCHEMA, ENGINE_TABLES } from './pg-boss-46.js';

/**
 * Several instances: the shares that they hold, and the tables of the engine (pg-boss) that gives them out. A later pg-boss with another
 * schema needs a migration of its own with its `getMigrationPlans`.
 */
export class Shares1795485600000 implements MigrationInterface {
  readonly name = 'Shares1795485600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  // Few rows, rewritten at take-overs and locked by every write.
  `CREATE TABLE shares (
    share integer PRIMARY KEY,
    -- raised whenever the share changes hands: whoever comes with an older one is refused
    token bigint NOT NULL DEFAULT 0,
    holder text,
    -- the engine's job that the holder claimed, and which claim of it
    job_id uuid NOT NULL,
    attempt integer NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 50)`,
  ENGINE_TABLES,
  `GRANT USAGE ON SCHEMA ${ENGINE_SCHEMA} TO autoscaler_app`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${ENGINE_SCHEMA} TO autoscaler_app`,
  `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${ENGINE_SCHEMA} TO autoscaler_app`,
];

const DOWN = [`DROP SCHEMA IF EXISTS ${ENGINE_SCHEMA} CASCADE`, `DROP TABLE IF EXISTS shares`];
