import { EXPERTS, type Experts } from './experts.js';

/** The forecast at the highest price of each model. */
export const MOST_CAUTIOUS = EXPERTS.flatMap(({ family, line }, index) =>
  family === 'forecast' && EXPERTS[index + 1]?.line !== line ? [index] : [],
);

/**
 * Share of slow or failed requests that came in one crowd, that no forecast would have served, and that are more than
 * the budget may owe. They say nothing about which expert to select: with them every expert misses the target for two
 * weeks, and the most cautious one is selected, at several times the usual cost. The budget still owes its part.
 *
 * @param experts the records
 * @param mostOwed the most that the budget may owe, in the unit of the records
 */
export function unavoidable(experts: Pick<Experts, 'bad' | 'badSquares' | 'requests'>, mostOwed: number): number {
  let crowd = Number.POSITIVE_INFINITY;
  for (const expert of MOST_CAUTIOUS) {
    const bad = experts.bad[expert]!;
    // The squares fade more slowly than the square of the sum.
    const episode = bad > 0 ? Math.min(bad, experts.badSquares[expert]! / bad) : 0;
    if (episode < crowd) crowd = episode;
  }
  const excess = crowd - mostOwed;
  return excess > 0 ? excess / experts.requests : 0;
}
