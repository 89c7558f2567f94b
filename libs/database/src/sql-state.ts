import { QueryFailedError } from 'typeorm';

/** What PostgreSQL says where a row would be the second of its kind. */
export const UNIQUE_VIOLATION = '23505';
/** ... and where a row is gone, or would be, that others refer to. */
export const FOREIGN_KEY_VIOLATION = '23503';

/** The SQLSTATE of a statement that the database refused; `undefined` for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
