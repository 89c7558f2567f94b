import type { Schema } from '../api/client';
import type { ServiceLevelPromise } from '../cluster/promise';
import type { ServiceLevel } from '../cluster/queries';
import { percent } from '../layout/words';

type Measured = NonNullable<Schema['TrustDto']['measured']>;

/**
 * `Measured by Prometheus: 0.4 % of requests were slow or failed; promised is at most 1 %. Known 98 % of the time.`
 *
 * @param by the source
 */
export function measuredWords({ requests, share, promised, covered }: Measured, by: string): string {
  if (requests === null) return `${by} counts slow or failed requests, but no count of this time is known.`;
  const most = promised === null ? '' : `; promised is at most ${percent(promised, 3)}`;
  const seen = share === null ? 'there were no requests' : `${ofRequests(share)} were slow or failed${most}`;
  return `Measured by ${by}: ${seen}. ${knownWords(covered)}`;
}

/** `Counted by the engine: 0.2 % of requests arrived above 90 % utilization, over the last days.` */
export function countedWords(
  { maxUtilization }: Pick<ServiceLevelPromise, 'maxUtilization'>,
  { spent }: Pick<NonNullable<ServiceLevel['budget']>, 'spent'>,
): string {
  return `Counted by the engine: ${ofRequests(spent)} arrived above ${percent(maxUtilization, 0)} utilization, over the last days.`;
}

/** Shares below a tenth of a percent differ from zero. */
function ofRequests(share: number): string {
  return `${percent(share, share > 0 && share < 0.001 ? 3 : 1)} of requests`;
}

function knownWords(covered: number): string {
  if (covered >= 0.995) return 'Known all the time.';
  return covered < 0.01 ? 'Known less than 1 % of the time.' : `Known ${percent(covered, 0)} of the time.`;
}
