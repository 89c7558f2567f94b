import type { EntityManager } from 'typeorm';

// Keys of advisory locks. They must differ, and be the same in every instance.

/** Held while the schema changes. */
export const MIGRATION_LOCK = 4_021_975;
/** Held while the jobs are reconciled with the configuration. */
export const POLICIES_LOCK = 4_021_976;
/** Held during changes that depend on the number of users or admins. */
export const USERS_LOCK = 4_021_977;
/** Held while clusters with the same servers are detected. */
export const TARGETS_LOCK = 4_021_978;
/** Held while alerts of held removals are deduplicated by receiver. */
export const HELD_REMOVALS_LOCK = 4_021_979;

/** Waits for the lock, and holds it until the transaction ends. */
export async function lockUntilCommit(key: number, transaction: Pick<EntityManager, 'query'>): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock($1)', [key]);
}
