/** Load over time. Times are milliseconds since the epoch, strictly rising; values are not negative. */
export interface Trace {
  readonly name: string;
  readonly times: Float64Array;
  /** One value per time; gaps of the source are interpolated linearly. */
  readonly values: Float64Array;
  /** `1` where the source had no value. */
  readonly gaps: Uint8Array;
  /** The median time between two points, milliseconds. */
  readonly stepMs: number;
}

/** A trace cannot be read; the message says why, and in which line if known. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

interface Point {
  readonly at: number;
  /** `null`: a gap. */
  readonly value: number | null;
}

const HEADER = 'timestamp,value';
/** RFC 3339, seconds optional. A zone is required; without one `Date` assumes local time. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/i;

/** Decimal, as spreadsheets and databases write it; JavaScript would also accept `0x10` and `0b1`. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads CSV `timestamp,value` with RFC 3339 timestamps; an empty value is a gap.
 * @throws {TraceError} naming the invalid line
 */
export function parseTrace(name: string, text: string): Trace {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? '').replace(/^\uFEFF/, '').trim();
  if (header !== HEADER)
    throw new TraceError(`${name}:1: expected the header "${HEADER}", found "${header.slice(0, 60)}"`);
  const points: Point[] = [];
  let previous = -Infinity;
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const point = parseLine(line, `${name}:${index + 1}`);
    if (point.at <= previous) throw new TraceError(`${name}:${index + 1}: timestamps must rise from line to line`);
    previous = point.at;
    points.push(point);
  }
  return traceOf(name, points);
}

/**
 * Builds a trace from points in memory.
 * @throws {TraceError} for fewer than two points, times that do not rise, or a value that is negative or not finite
 */
export function traceOf(name: string, points: readonly Point[]): Trace {
  if (points.length < 2) throw new TraceError(`${name}: a trace needs at least two points, found ${points.length}`);
  const times = new Float64Array(points.length);
  const values = new Float64Array(points.length);
  const gaps = new Uint8Array(points.length);
  for (const [index, { at, value }] of points.entries()) {
    const previous = index === 0 ? -Infinity : times[index - 1]!;
    if (!Number.isFinite(at) || at <= previous) throw new TraceError(`${name}: point ${index + 1}: times must rise`);
    if (value !== null && (!Number.isFinite(value) || value < 0)) {
      throw new TraceError(`${name}: point ${index + 1}: value must be a number of at least 0, found ${value}`);
    }
    times[index] = at;
    values[index] = value ?? Number.NaN;
    gaps[index] = value === null ? 1 : 0;
  }
  if (gaps.every((gap) => gap === 1)) throw new TraceError(`${name}: every value is empty`);
  fillGaps(times, values);
  return { name, times, values, gaps, stepMs: medianStep(times) };
}

/** The value at `at`, interpolated linearly; the first or last value outside the trace. */
export function traceValueAt(trace: Trace, at: number): number {
  const { times, values } = trace;
  const last = times.length - 1;
  if (at <= times[0]!) return values[0]!;
  if (at >= times[last]!) return values[last]!;
  const left = indexAt(trace, at);
  const share = (at - times[left]!) / (times[left + 1]! - times[left]!);
  return values[left]! + (values[left + 1]! - values[left]!) * share;
}

/** Length of one loop of the trace: the last point lasts for the median step. */
export function traceLengthMs(trace: Trace): number {
  return trace.times[trace.times.length - 1]! - trace.times[0]! + trace.stepMs;
}

export function traceMean(trace: Trace): number {
  return trace.values.reduce((sum, value) => sum + value, 0) / trace.values.length;
}

/** The value that the share `level` (0 to 1) of all points does not exceed; nearest rank. */
export function traceQuantile(trace: Trace, level: number): number {
  const sorted = trace.values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(level * sorted.length) - 1))]!;
}

function parseLine(line: string, where: string): Point {
  const cells = line.split(',');
  if (cells.length !== 2) throw new TraceError(`${where}: expected two cells "timestamp,value", found ${cells.length}`);
  const stamp = cells[0]!.trim();
  const written = cells[1]!.trim();
  const at = TIMESTAMP.test(stamp) ? Date.parse(stamp) : Number.NaN;
  if (Number.isNaN(at))
    throw new TraceError(`${where}: "${stamp.slice(0, 40)}" is not an RFC 3339 timestamp such as 2026-01-05T00:00:00Z`);
  if (written === '') return { at, value: null };
  const value = NUMBER.test(written) ? Number(written) : Number.NaN;
  if (!Number.isFinite(value)) throw new TraceError(`${where}: "${written.slice(0, 40)}" is not a number`);
  if (value < 0) throw new TraceError(`${where}: value must not be negative, found ${written}`);
  return { at, value };
}

function fillGaps(times: Float64Array, values: Float64Array): void {
  let known = -1;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (Number.isNaN(value)) continue;
    for (let gap = known + 1; gap < index; gap++) {
      const from = known < 0 ? value : values[known]!;
      const share = known < 0 ? 0 : (times[gap]! - times[known]!) / (times[index]! - times[known]!);
      values[gap] = from + (value - from) * share;
    }
    known = index;
  }
  values.fill(values[known]!, known + 1);
}

function medianStep(times: Float64Array): number {
  const steps = new Float64Array(times.length - 1);
  for (let index = 0; index < steps.length; index++) steps[index] = times[index + 1]! - times[index]!;
  steps.sort();
  return steps[steps.length >> 1]!;
}

/**
 * Index of the last point at or before `at`. Traces are nearly regular, so the initial guess is at most a few points
 * off.
 */
function indexAt({ times, stepMs }: Trace, at: number): number {
  const last = times.length - 2;
  let index = Math.min(last, Math.max(0, Math.floor((at - times[0]!) / stepMs)));
  if (Math.abs(times[index]! - at) > 64 * stepMs) index = bisect(times, at);
  while (index > 0 && times[index]! > at) index--;
  while (index < last && times[index + 1]! <= at) index++;
  return index;
}

function bisect(times: Float64Array, at: number): number {
  let low = 0;
  let high = times.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
