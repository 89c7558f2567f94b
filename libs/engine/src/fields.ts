import type { MetricName, RefusalReason, Sample } from './types.js';

/** Memory above this is a fault of the source; a little over 100 is rounding. */
const MOST_MEMORY_PERCENT = 101;

/** CPU above this (percent) cannot be true, whatever a provider states: a server of 10,000 cores. */
const MOST_CPU_OF_ANY_PERCENT = 1_000_000;
/** Requests per second, of a server or a cluster. More cannot be true, and no column of the database could hold it. */
export const MOST_REQUEST_RATE = 1e12;
/** Less is nothing: single precision, in which samples are kept, knows no smaller values. */
const LEAST_VALUE = 1e-30;

type Values = Pick<Sample, 'cpu' | 'memory' | 'requestRate'>;

/** A value that cannot be true. */
export interface FieldFault {
  readonly metric: MetricName;
  readonly reason: 'not_a_number' | 'out_of_range';
}

/**
 * The values of a sample, each judged by itself: one that cannot be true becomes `null`, as one that is missing.
 *
 * @param maxCpuPercent CPU above this cannot be true
 * @returns `values` is `null` where none is known
 */
export function fieldsOf(
  sample: Values,
  maxCpuPercent: number,
): { readonly values: Values | null; readonly faults: readonly FieldFault[] } {
  const faults: FieldFault[] = [];
  const judge = (metric: MetricName, value: number | null, most: number): number | null => {
    if (value === null) return null;
    if (value >= 0 && value <= most) return value < LEAST_VALUE ? 0 : value;
    faults.push({ metric, reason: Number.isFinite(value) ? 'out_of_range' : 'not_a_number' });
    return null;
  };
  const values: Values = {
    cpu: judge('cpu', sample.cpu, Math.min(maxCpuPercent, MOST_CPU_OF_ANY_PERCENT)),
    memory: judge('memory', sample.memory, MOST_MEMORY_PERCENT),
    requestRate: judge('request_rate', sample.requestRate, MOST_REQUEST_RATE),
  };
  const isEmpty = values.cpu === null && values.memory === null && values.requestRate === null;
  return { values: isEmpty ? null : values, faults };
}

/** What a sample with several faults is counted as. */
export function worstOf(faults: readonly FieldFault[]): RefusalReason {
  return faults.some(({ reason }) => reason === 'not_a_number') ? 'not_a_number' : 'out_of_range';
}
