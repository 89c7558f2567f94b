import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTrace, type Trace } from '#world';

/** All `*.csv` files of a folder, by name. */
export function readTraces(folder: string): readonly Trace[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .toSorted()
    .map((file) => parseTrace(file.replace(/\.csv$/, ''), readFileSync(join(folder, file), 'utf8')));
}

const DAY_MS = 86_400_000;
/** Shorter remainders of a trace say too little: a quarter of a run is warm-up. */
const LEAST_DAYS = 5;

/**
 * The part of a trace from a day on, as for a cluster that starts then.
 *
 * @param day 1 is the first
 * @returns `null` if fewer than five days are left
 */
export function fromDay(trace: Trace, day: number): Trace | null {
  if (day === 1) return trace;
  const begin = trace.times[0]! + (day - 1) * DAY_MS;
  const end = trace.times.at(-1)! + trace.stepMs;
  if (end - begin < LEAST_DAYS * DAY_MS) return null;
  const first = trace.times.findIndex((time) => time >= begin);
  return {
    ...trace,
    name: `${trace.name}, day ${day}`,
    times: trace.times.subarray(first),
    values: trace.values.subarray(first),
    gaps: trace.gaps.subarray(first),
  };
}
