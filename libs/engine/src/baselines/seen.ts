/** What a policy may see at the end of a tick: the load that was served, never demand itself. */
export interface Seen {
  /** End of the tick, milliseconds since the epoch. */
  readonly at: number;
  /** Length of the tick, seconds (> 0). */
  readonly tickSeconds: number;
  /** Mean CPU of the active servers, share of capacity (0 to 1). */
  readonly cpu: number;
  /** Served load, in servers' worth of capacity (>= 0). */
  readonly served: number;
  /** Servers that took load in this tick (>= 1). */
  readonly active: number;
  /** Requested servers that take no load yet. */
  readonly provisioning: number;
  /** Inclusive bounds of the desired count. */
  readonly min: number;
  readonly max: number;
  /** Lead time, from the request of a server to its taking load, seconds. */
  readonly leadSeconds: number;
}

/** A policy with internal state: returns the next desired count, within the bounds, after each tick. */
export interface Baseline {
  desired(seen: Seen): number;
}

export function clampCount(count: number, { min, max }: Pick<Seen, 'min' | 'max'>): number {
  return Math.min(max, Math.max(min, count));
}

/** Rounds up with a tolerance for floating-point errors: 0.6/0.6 x 10 servers are 10. */
export function ceilCount(value: number): number {
  return Math.ceil(value - 1e-9);
}
