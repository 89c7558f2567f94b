import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tells observations apart that taught the engine nothing: without its provider's answer a tick does not know how many servers there are. */
export class ProviderAnswered1795557600000 implements MigrationInterface {
  readonly name = 'ProviderAnswered1795557600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE observations ADD COLUMN provider_answered boolean NOT NULL DEFAULT true`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE observations DROP COLUMN provider_answered`);
  }
}
