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

/** Whether the database refuses the data itself (SQLSTATE classes 21, 22 and 23), so that a retry would fail again. */
export function refusesData(error: unknown): boolean {
  return /^2[123]...$/.test(sqlStateOf(error) ?? '');
}
