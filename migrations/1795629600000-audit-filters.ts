import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The name of what was changed, where an entry of the audit log has it. */
const NAME = `coalesce(after ->> 'name', before ->> 'name', after ->> 'username', before ->> 'username')`;

/** The audit log by user, and the names of what was changed. */
export class AuditFilters1795629600000 implements MigrationInterface {
  readonly name = 'AuditFilters1795629600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX audit_log_actor ON audit_log (actor, at DESC, id DESC)`);
    await runner.query(
      `CREATE INDEX audit_log_named ON audit_log (target_type, target_id, at DESC) WHERE ${NAME} IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX audit_log_name ON audit_log ((${NAME})) WHERE ${NAME} IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX audit_log_actor, audit_log_named, audit_log_name`);
  }
}
