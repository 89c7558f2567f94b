import { QueryFailedError } from 'typeorm';

/** SQLSTATE unique_violation. */
export const UNIQUE_VIOLATION = '23505';
/** SQLSTATE foreign_key_violation. */
export const FOREIGN_KEY_VIOLATION = '23503';

/** The SQLSTATE of a statement that the database refused; `undefined` for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
