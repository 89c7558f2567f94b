import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Until when the logins of an account have ended: those of a disabled account stay ended when it is enabled again. */
export class EndedLogins1795651200000 implements MigrationInterface {
  readonly name = 'EndedLogins1795651200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users ADD COLUMN logins_ended_at timestamptz`);
    await runner.query(`UPDATE users SET logins_ended_at = disabled_at`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users DROP COLUMN logins_ended_at`);
  }
}
