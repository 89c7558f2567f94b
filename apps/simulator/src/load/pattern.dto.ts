import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString } from 'class-validator';
import { MaxValues } from '#http';
import { type LoadPattern, PATTERN_KINDS, type PatternKind, type Trace, traceMean, traceQuantile } from '#world';
import { invalid } from '../http/errors.js';
import { InRange } from '../http/in-range.js';
import { durationMs } from '../time/durations.js';
import { IsDuration } from '../time/is-duration.js';
import type { InlinePoint, TraceLibrary } from '../traces/trace-library.js';

const YEAR_MS = 365 * 86_400_000;
const MOST_POINTS = 200_000;
/** A point is a list of two numbers: three values. */
const VALUES_OF_A_POINT = 3;
const OTHER_VALUES = 1000;

/**
 * A load pattern in the wire format. Durations are virtual time; `PARAMETERS` says which pattern accepts which
 * parameters.
 */
@MaxValues(MOST_POINTS * VALUES_OF_A_POINT + OTHER_VALUES)
export class PatternDto {
  @IsIn(PATTERN_KINDS)
  pattern!: PatternKind;

  /** Amplitude around the base load, as a share of it. */
  @IsOptional()
  @InRange(0, 1)
  amplitude?: number;

  /** Period of a sine wave, of a turn of `random`, or of the whole rise. */
  @IsOptional()
  @IsDuration(YEAR_MS)
  period?: number | string;

  /** UTC hour of the daily maximum. */
  @IsOptional()
  @InRange(0, 24)
  peak_hour?: number;

  /** Load of a weekend day as a share of a weekday's. */
  @IsOptional()
  @InRange(0, 10)
  weekend?: number;

  /** End of `gradual_rise`, as a multiple of the base load. */
  @IsOptional()
  @InRange(0, 1000)
  factor?: number;

  /** Name of a CSV file in the traces folder. */
  @IsOptional()
  @IsString()
  trace?: string;

  /** Alternative to `trace`: the points, `[seconds, value]`; a `null` value is a gap. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_POINTS)
  points?: unknown[];

  /** Speed relative to virtual time: 24 compresses a day into an hour. */
  @IsOptional()
  @InRange(0.001, 1_000_000)
  compression?: number;

  /** Start position in the trace. */
  @IsOptional()
  @IsDuration(10 * YEAR_MS)
  offset?: number | string;

  /** Requests per second for a trace value of 1. Default: the trace's mean becomes the base load. */
  @IsOptional()
  @InRange(0, 1e9)
  scale?: number;

  /** Alternative to `scale`: servers at 100 % needed for the 99th percentile of the trace. */
  @IsOptional()
  @InRange(0, 100_000)
  peak_servers?: number;

  /** Second-to-second noise as a share of the load. */
  @IsOptional()
  @InRange(0, 1)
  noise?: number;
}

type Parameter = Exclude<keyof PatternDto, 'pattern' | 'noise' | 'compression'>;

/** Parameters of each pattern; all accept `noise` and `compression`. */
const PARAMETERS: Readonly<Record<PatternKind, readonly Parameter[]>> = {
  steady: [],
  daily: ['amplitude', 'peak_hour'],
  weekly: ['amplitude', 'peak_hour', 'weekend'],
  random: ['amplitude', 'period'],
  gradual_rise: ['factor', 'period'],
  sine_wave: ['amplitude', 'period'],
  trace: ['trace', 'points', 'offset', 'scale', 'peak_servers'],
};

const EVERY_PARAMETER = new Set(Object.values(PARAMETERS).flat());

/** Reference values for scaling a trace. */
export interface LoadScale {
  /** Requests per second. */
  readonly baseLoad: number;
  /** Requests per second of one server. */
  readonly capacity: number;
}

/**
 * The pattern of the request, with defaults.
 * @throws {AppError} 400 if parameters do not belong to the pattern, or the trace cannot be read
 */
export async function patternFrom(dto: PatternDto, scale: LoadScale, traces: TraceLibrary): Promise<LoadPattern> {
  refuseForeignParameters(dto);
  const kind = dto.pattern;
  switch (kind) {
    case 'steady':
      return { kind };
    case 'daily':
      return { kind, amplitude: dto.amplitude ?? 0.5, peakHour: dto.peak_hour ?? 14 };
    case 'weekly':
      return { kind, amplitude: dto.amplitude ?? 0.5, peakHour: dto.peak_hour ?? 14, weekend: dto.weekend ?? 0.4 };
    case 'random':
      return { kind, amplitude: dto.amplitude ?? 0.5, periodMs: periodOf(dto, '10m') };
    case 'gradual_rise':
      return { kind, factor: dto.factor ?? 3, periodMs: periodOf(dto, '30m') };
    case 'sine_wave':
      return { kind, amplitude: dto.amplitude ?? 0.5, periodMs: periodOf(dto, '1h') };
    case 'trace': {
      const trace = await traceFrom(dto, traces);
      const offsetMs = durationMs(dto.offset ?? 0)!;
      return { kind, trace, scale: scaleOf(dto, scale, trace), offsetMs };
    }
  }
}

/** The parameters of a pattern in the wire format. */
export function patternParameters(pattern: LoadPattern): Record<string, number | string> {
  switch (pattern.kind) {
    case 'steady':
      return {};
    case 'daily':
      return { amplitude: pattern.amplitude, peak_hour: pattern.peakHour };
    case 'weekly':
      return { amplitude: pattern.amplitude, peak_hour: pattern.peakHour, weekend: pattern.weekend };
    case 'random':
    case 'sine_wave':
      return { amplitude: pattern.amplitude, period: `${pattern.periodMs / 1000}s` };
    case 'gradual_rise':
      return { factor: pattern.factor, period: `${pattern.periodMs / 1000}s` };
    case 'trace': {
      const { trace, scale, offsetMs } = pattern;
      return { trace: trace.name, scale, offset: `${offsetMs / 1000}s` };
    }
  }
}

function refuseForeignParameters(dto: PatternDto): void {
  const allowed = PARAMETERS[dto.pattern];
  const given = Object.keys(dto).filter((key) => dto[key as keyof PatternDto] !== undefined) as Parameter[];
  const foreign = given.filter((key) => EVERY_PARAMETER.has(key) && !allowed.includes(key));
  if (foreign.length === 0) return;
  const takes = allowed.length === 0 ? 'no parameters' : allowed.join(', ');
  throw invalid(
    ...foreign.map((field) => ({ field, error: `${field} does not go with ${dto.pattern}, which takes ${takes}` })),
  );
}

function periodOf(dto: PatternDto, fallback: string): number {
  return Math.max(1, durationMs(dto.period ?? fallback)!);
}

async function traceFrom(dto: PatternDto, traces: TraceLibrary): Promise<Trace> {
  if ((dto.trace === undefined) === (dto.points === undefined)) {
    throw invalid({ field: 'trace', error: 'the pattern trace needs either trace, a name, or points' });
  }
  if (dto.trace !== undefined) return traces.find(dto.trace);
  const points = dto.points!;
  const wrong = points.findIndex((point) => !isPoint(point));
  if (wrong >= 0) {
    const field = `points.${wrong}`;
    throw invalid({ field, error: `${field} must be [seconds, value], value a number or null` });
  }
  return traces.add(points as InlinePoint[]);
}

function isPoint(point: unknown): point is InlinePoint {
  if (!Array.isArray(point) || point.length !== 2) return false;
  return Number.isFinite(point[0]) && (point[1] === null || Number.isFinite(point[1]));
}

function scaleOf(dto: PatternDto, { baseLoad, capacity }: LoadScale, trace: Trace): number {
  if (dto.scale !== undefined && dto.peak_servers !== undefined) {
    throw invalid({ field: 'scale', error: 'scale and peak_servers exclude each other' });
  }
  if (dto.scale !== undefined) return dto.scale;
  const [load, value] =
    dto.peak_servers === undefined
      ? [baseLoad, traceMean(trace)]
      : [dto.peak_servers * capacity, traceQuantile(trace, 0.99)];
  return value === 0 ? 0 : load / value;
}
