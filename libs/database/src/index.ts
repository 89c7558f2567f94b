export { DatabaseError } from './database.error.js';
export { DatabaseHealth, type PoolStatistics } from './database.health.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseJobs } from './jobs/database-jobs.js';
export { USERS_LOCK } from './locks.js';
export { reconcilePolicies } from './jobs/policies.js';
export { type MigrationStatus, migrationStatus, runMigrations } from './migrate.js';
export { Database, openDatabase } from './open-database.js';
export { DEFAULT_PRIVILEGES, ROLES } from '../../../migrations/1767830400000-security.js';
