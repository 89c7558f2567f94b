import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { decodeCursor, IsTime, ListQuery } from '#http';

/** The query of a list of things that happened at a time, newest first. */
export class HistoryQuery extends ListQuery {
  @ApiPropertyOptional({ description: 'Not before this time (RFC 3339)', example: '2026-01-05T00:00:00Z' })
  @IsOptional()
  @IsTime()
  readonly from?: string;

  @ApiPropertyOptional({ description: 'Not after this time (RFC 3339)', example: '2026-01-06T00:00:00Z' })
  @IsOptional()
  @IsTime()
  readonly to?: string;
}

/** The part of a `HistoryQuery` that SQL sees; `null` where nothing is asked. */
export interface HistoryPage {
  readonly from: string | null;
  readonly to: string | null;
  readonly limit: number;
  /** Only what comes after this in the list. */
  readonly after: { readonly at: string; readonly id: string } | null;
}

export function toHistoryPage(query: HistoryQuery): HistoryPage {
  return {
    from: query.from ?? null,
    to: query.to ?? null,
    limit: query.limit,
    after: query.cursor === undefined ? null : decodeCursor(query.cursor, 'uuid'),
  };
}
