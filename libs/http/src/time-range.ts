import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { parseDuration } from '#config';
import { BadRequestError } from './app-error.js';
import { IsDuration } from './is-duration.js';
import { ListQuery } from './lists.js';
import { IsTime } from './times.js';

/** Longer than any retention. */
const LONGEST_RANGE = '3650d';

/** A time range, including its start and excluding its end. */
export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** Query parameters of a time range. */
export class TimeRangeQuery {
  @ApiPropertyOptional({ format: 'date-time', description: 'start of the range; default `range` before `to`' })
  @IsOptional()
  @IsTime()
  readonly from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'end of the range; default now' })
  @IsOptional()
  @IsTime()
  readonly to?: string;

  @ApiPropertyOptional({ example: '1h', description: 'how long before `to`, where there is no `from`' })
  @IsOptional()
  @IsDuration({ min: '1ms', max: LONGEST_RANGE })
  readonly range?: string;
}

/** The query of a paged list within a time range. */
export class HistoryQuery extends ListQuery {
  @ApiPropertyOptional({
    description: 'not before this time (RFC 3339); by default `range` before `to`, where that is given',
    example: '2026-01-05T00:00:00Z',
  })
  @IsOptional()
  @IsTime()
  readonly from?: string;

  @ApiPropertyOptional({ description: 'not after this time (RFC 3339)', example: '2026-01-06T00:00:00Z' })
  @IsOptional()
  @IsTime()
  readonly to?: string;

  @ApiPropertyOptional({
    example: '24h',
    description: 'how long before `to` (by default now), where there is no `from`',
  })
  @IsOptional()
  @IsDuration({ min: '1ms', max: LONGEST_RANGE })
  readonly range?: string;
}

/**
 * The time range of a list; `null` where it is not bounded.
 *
 * @param nowMs milliseconds since the Unix epoch, from which `range` counts back where there is no `to`
 * @returns times in RFC 3339
 */
export function periodOf(
  { from, to, range }: Pick<HistoryQuery, 'from' | 'to' | 'range'>,
  nowMs: number,
): { readonly from: string | null; readonly to: string | null } {
  if (from !== undefined || range === undefined) return { from: from ?? null, to: to ?? null };
  const end = to === undefined ? nowMs : Date.parse(to);
  return { from: new Date(end - parseDuration(range)).toISOString(), to: to ?? null };
}

/**
 * The requested time range.
 *
 * @param nowMs milliseconds since the Unix epoch, the default end
 * @param usual default length, as a duration
 * @param longest maximum length, as a duration, where there is one
 * @throws BadRequestError when it is empty or too long
 */
export function timeRangeOf(query: TimeRangeQuery, nowMs: number, usual: string, longest?: string): TimeRange {
  const to = query.to === undefined ? nowMs : Date.parse(query.to);
  const from = query.from === undefined ? to - parseDuration(query.range ?? usual) : Date.parse(query.from);
  if (from >= to) throw refused('from', 'from must be before to');
  if (longest !== undefined && to - from > parseDuration(longest)) {
    throw refused(query.from === undefined ? 'range' : 'from', `the range must be at most ${longest}`);
  }
  return { from: new Date(from), to: new Date(to) };
}

function refused(field: string, error: string): BadRequestError {
  return new BadRequestError('validation_failed', error, [{ field, error }]);
}
