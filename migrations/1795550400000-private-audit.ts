import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Readers see no audit log: it says who logged in or failed to, from which address, and what he changed. */
export class PrivateAudit1795550400000 implements MigrationInterface {
  readonly name = 'PrivateAudit1795550400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`REVOKE SELECT ON audit_log FROM autoscaler_readonly`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`GRANT SELECT ON audit_log TO autoscaler_readonly`);
  }
}
