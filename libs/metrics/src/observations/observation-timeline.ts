/** Observations by time, in columns of equal length: entry `i` of each belongs to `timestamps[i]`, the last tick of its bucket. */
export interface ObservationTimeline {
  readonly timestamps: readonly string[];
  readonly demand: readonly (number | null)[];
  readonly demand_max: readonly (number | null)[];
  readonly cpu: readonly (number | null)[];
  readonly cpu_max: readonly (number | null)[];
  readonly active: readonly number[];
  readonly active_min: readonly number[];
  readonly provisioning: readonly number[];
  /** `null`: older than the retention of ticks. */
  readonly draining: readonly (number | null)[];
  readonly desired: readonly (number | null)[];
}

export const TIMELINE_COLUMNS: readonly (keyof ObservationTimeline)[] = [
  'timestamps',
  'demand',
  'demand_max',
  'cpu',
  'cpu_max',
  'active',
  'active_min',
  'provisioning',
  'draining',
  'desired',
];
