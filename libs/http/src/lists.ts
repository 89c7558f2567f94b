import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { BadRequestError } from './app-error.js';
import { NumberInQuery } from './number-in-query.js';
import { isTime } from './times.js';

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

/** The query of a paged list. */
export class ListQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  @IsOptional()
  @NumberInQuery()
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  readonly limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ description: '`next_cursor` of the previous page' })
  @IsOptional()
  @IsString()
  readonly cursor?: string;
}

/** The last row of a page in lists sorted from new to old. */
export interface Cursor {
  /** RFC 3339, with microseconds. */
  readonly at: string;
  readonly id: string;
}

export function encodeCursor({ at, id }: Cursor): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

const IDS = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  number: /^\d{1,18}$/,
  text: /^[^\0]{0,256}$/,
} as const;

/**
 * @param ids names of the row's identifying fields, so that a cursor of another list is rejected
 * @throws BadRequestError when the text is not a cursor of the list
 */
export function decodeCursor(text: string, ids: keyof typeof IDS): Cursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(value) && value.length === 2) {
      const [at, id] = value as [unknown, unknown];
      if (isTime(at) && typeof id === 'string' && IDS[ids].test(id)) return { at, id };
    }
  } catch {
    // Reported below like any other invalid cursor.
  }
  throw new BadRequestError(
    'invalid_cursor',
    'cursor is not valid for this list; use next_cursor of the previous page',
    [{ field: 'cursor', error: 'must be the next_cursor of the previous page' }],
  );
}

/**
 * Cuts a page from rows queried with `limit + 1`, so that a further page is known without counting.
 *
 * @returns the rows of the page, and the cursor of the next one where there is one
 */
export function cutPage<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (row: T) => Cursor,
): { rows: readonly T[]; nextCursor?: string } {
  if (rows.length <= limit) return { rows };
  const page = rows.slice(0, limit);
  return { rows: page, nextCursor: encodeCursor(cursorOf(page[limit - 1] as T)) };
}
