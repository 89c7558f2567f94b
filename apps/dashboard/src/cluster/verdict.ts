import type { Column, Observed } from '../chart/series';
import { against, duration, number } from '../layout/words';

/** What another count would have meant, over the time in which both are known. */
export interface Comparison {
  readonly ms: number;
  /** Server time of the other count, as a multiple of this cluster's. */
  readonly servers: number;
  /** Time in which the demand would have been above what its servers carry. */
  readonly slowMs: number;
}

/** A longer step between two points is a gap. */
const GAP_SECONDS = 3 * 3600;
const MINUTE_MS = 60_000;

/**
 * Compares a count with the active servers of the cluster, as if its servers had been there at once.
 *
 * @param range milliseconds since the epoch
 * @param limit utilization above which requests are slow, percent
 * @returns `null` if the other count is not known in the range
 */
export function compared(
  { x, active, demand }: Observed,
  other: Column,
  [from, to]: readonly [number, number],
  limit: number,
): Comparison | null {
  let [ms, own, theirs, slowMs] = [0, 0, 0, 0];
  for (let index = 1; index < x.length; index += 1) {
    const [at, before] = [x[index] ?? Number.NaN, x[index - 1] ?? Number.NaN];
    const [count, wanted] = [active[index] ?? null, other[index] ?? null];
    const isInRange = at * 1000 >= from && at * 1000 <= to;
    if (!isInRange || count === null || wanted === null || at - before > GAP_SECONDS) continue;
    if ((active[index - 1] ?? null) === null) continue;
    const step = (at - before) * 1000;
    ms += step;
    own += step * count;
    theirs += step * wanted;
    if ((demand[index] ?? 0) > (wanted * limit) / 100) slowMs += step;
  }
  return ms === 0 || own === 0 ? null : { ms, servers: theirs / own, slowMs };
}

/** `would have used 4 % fewer servers, 0 slow minutes`. */
export function verdictWords({ ms, servers, slowMs }: Comparison): string {
  const slow = Math.ceil(slowMs / MINUTE_MS - 1e-9);
  const minutes = `${number(slow, 0)} slow ${slow === 1 ? 'minute' : 'minutes'}`;
  return `In ${duration(ms)} it would have used ${against(servers, SERVERS)}, with ${minutes}.`;
}

const SERVERS = ['as many servers', 'fewer servers', 'more servers'] as const;
