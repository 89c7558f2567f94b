import type { ChartData } from '../chart/series';
import type { ScalingEvent } from './use-events';

/** A count that was requested and not granted, until it was requested again or given up. */
export interface Refused {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly desired: number;
}

type Attempt = Pick<ScalingEvent, 'id' | 'timestamp' | 'outcome' | 'desired'>;

/** A refused request is repeated within this time, or no longer wanted. */
const REPEATED_WITHIN_MS = 120_000;

export function isRefused({ outcome }: Pick<Attempt, 'outcome'>): boolean {
  return outcome === 'failed' || outcome === 'partial';
}

/**
 * The refused counts among scaling events.
 *
 * @param newestFirst the events
 * @param newestId the newest event of the cluster, which may not be among them; `null`: not known
 * @param isFailing whether its count is still refused
 */
export function refusedIn(
  newestFirst: readonly Attempt[],
  newestId: string | null,
  isFailing: boolean,
): readonly Refused[] {
  return newestFirst.flatMap((event, index): readonly Refused[] => {
    if (!isRefused(event)) return [];
    const from = Date.parse(event.timestamp);
    const { desired } = event;
    if (event.id === newestId) return isFailing ? [{ from, to: Number.POSITIVE_INFINITY, desired }] : [];
    const next = newestFirst[index - 1];
    const until = next === undefined ? Number.POSITIVE_INFINITY : Date.parse(next.timestamp);
    return [{ from, to: Math.min(until, from + REPEATED_WITHIN_MS), desired }];
  });
}

/** A chart whose desired count is the requested one, also where it was refused: recorded is what the provider has. */
export function withRefused(data: ChartData, newestFirst: readonly Refused[]): ChartData {
  if (newestFirst.length === 0) return data;
  const { x, desired } = data.observed;
  const left = newestFirst.toReversed();
  const requested = x.map((seconds, index) => {
    const known = desired[index] ?? null;
    const at = seconds * 1000;
    while (left[0] !== undefined && left[0].to <= at) left.shift();
    return known !== null && left[0] !== undefined && left[0].from <= at ? left[0].desired : known;
  });
  return { ...data, observed: { ...data.observed, desired: requested } };
}
