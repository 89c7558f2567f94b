import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose clusters an account may read, and since when it is disabled. Accounts that exist keep seeing their own only. */
export class AccountScope1795575600000 implements MigrationInterface {
  readonly name = 'AccountScope1795575600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE users ADD COLUMN scope text NOT NULL DEFAULT 'own' CHECK (scope IN ('own', 'all')), ADD COLUMN disabled_at timestamptz`,
    );
    // Readers have rights by column on this table, so new columns are closed to them.
    await runner.query(`GRANT SELECT (scope, disabled_at) ON users TO autoscaler_readonly`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users DROP COLUMN scope, DROP COLUMN disabled_at`);
  }
}
