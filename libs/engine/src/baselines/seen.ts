/** What a policy may know at the end of a tick. Demand itself is never among it, only what the servers let through. */
export interface Seen {
  /** End of the tick, milliseconds since the Unix epoch. */
  readonly at: number;
  /** Length of the tick, seconds (> 0). */
  readonly tickSeconds: number;
  /** Mean CPU of the active servers, share of capacity (0 to 1). */
  readonly cpu: number;
  /** Work served, in servers' worth of capacity (>= 0). */
  readonly served: number;
  /** Servers that took load in this tick (>= 1). */
  readonly active: number;
  /** Servers that were asked for and take no load yet. */
  readonly provisioning: number;
  /** Inclusive bounds of the desired count. */
  readonly min: number;
  readonly max: number;
  /** Time from asking for a server to its taking load, seconds. */
  readonly leadSeconds: number;
}

/** A policy with its memory inside: the next desired count, within the bounds, from what one tick showed. */
export interface Baseline {
  desired(seen: Seen): number;
}

export function clampCount(count: number, { min, max }: Pick<Seen, 'min' | 'max'>): number {
  return Math.min(max, Math.max(min, count));
}

/** Rounds up, but not for an error in the last digits: 0.6/0.6 x 10 servers are 10. */
export function ceilCount(value: number): number {
  return Math.ceil(value - 1e-9);
}
