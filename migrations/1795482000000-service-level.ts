import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the live side of the service level needs: the lead time that each tick planned with, and policies on trial. */
export class ServiceLevel1795482000000 implements MigrationInterface {
  readonly name = 'ServiceLevel1795482000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  // With it the history teaches an engine exactly what the ticks taught it.
  `ALTER TABLE observations ADD COLUMN lead_time_ms integer`,
  `ALTER TABLE decisions ADD COLUMN policy_role text NOT NULL DEFAULT 'acting'`,

  `ALTER TABLE clusters ADD COLUMN candidate jsonb, ADD COLUMN candidate_since timestamptz, ADD COLUMN candidate_by text`,
  // The candidate's own memory, and which policy it belongs to: whoever adopts a candidate goes on from it.
  `ALTER TABLE cluster_states ADD COLUMN candidate_policy jsonb, ADD COLUMN candidate_state jsonb`,
];

const DOWN = [
  `ALTER TABLE cluster_states DROP COLUMN candidate_policy, DROP COLUMN candidate_state`,
  `ALTER TABLE clusters DROP COLUMN candidate, DROP COLUMN candidate_since, DROP COLUMN candidate_by`,
  `DELETE FROM decisions WHERE policy_role <> 'acting'`,
  `ALTER TABLE decisions DROP COLUMN policy_role`,
  `ALTER TABLE observations DROP COLUMN lead_time_ms`,
];
