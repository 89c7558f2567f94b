import { sqlStateOf, UNIQUE_VIOLATION } from '#database';
import { ConflictError } from '#http';

/**
 * @param error of a statement that writes a cluster
 * @param name of that cluster
 * @param key of its servers
 * @throws ConflictError where a unique index of the table rejected the row; else the error itself
 */
export function refuseConflict(error: unknown, name: string, key: string | null): never {
  if (sqlStateOf(error) === UNIQUE_VIOLATION) {
    const { constraint } = error as { constraint?: unknown };
    if (constraint === 'clusters_owner_name')
      throw new ConflictError('name_taken', `a cluster called ${name} exists already; choose another name`);
    if (constraint === 'clusters_target') throw targetTaken(key ?? name);
  }
  throw error;
}

function targetTaken(key: string): ConflictError {
  return new ConflictError(
    'target_taken',
    `another cluster already scales these servers (${key}); choose another provider, or another name there. To compare two policies, try one as the candidate of that cluster`,
  );
}
