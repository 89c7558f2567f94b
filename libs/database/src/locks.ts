// Keys of advisory locks. Any numbers will do, as long as they differ and every instance of this service uses the same.

/** Held while the schema changes. */
export const MIGRATION_LOCK = 4_021_975;
/** Held while the jobs are made to say what the configuration says. */
export const POLICIES_LOCK = 4_021_976;
/** Held while something changes that depends on how many users or admins there are. */
export const USERS_LOCK = 4_021_977;
/** Held while it is looked which clusters lead to the same servers. */
export const TARGETS_LOCK = 4_021_978;
/** Held while it is written down which held removals are news to whom. */
export const HELD_REMOVALS_LOCK = 4_021_979;
