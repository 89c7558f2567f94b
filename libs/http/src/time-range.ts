import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { parseDuration } from '#config';
import { BadRequestError } from './app-error.js';
import { IsDuration } from './is-duration.js';
import { IsTime } from './times.js';

/** Longer than anything is kept. */
const LONGEST_RANGE = '3650d';

/** A stretch of time: from its beginning on, up to but without its end. */
export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** The parameters of a request for what was within a stretch of time. */
export class TimeRangeQuery {
  @ApiPropertyOptional({ format: 'date-time', description: 'from here on; by default `range` before `to`' })
  @IsOptional()
  @IsTime()
  readonly from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'up to here; by default now' })
  @IsOptional()
  @IsTime()
  readonly to?: string;

  @ApiPropertyOptional({ example: '1h', description: 'how long before `to`, where there is no `from`' })
  @IsOptional()
  @IsDuration({ min: '1ms', max: LONGEST_RANGE })
  readonly range?: string;
}

/**
 * The stretch of time that is asked for.
 *
 * @param nowMs milliseconds since the Unix epoch, which is where it ends unless told otherwise
 * @param usual its length where neither its beginning nor its length is told, as a duration
 * @param longest its greatest length, as a duration, where there is one
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
