import { describe, expect, it } from '@jest/globals';
import { type Seen, SloController } from '#engine';
import fc from 'fast-check';
import { noiseFor, playWorld } from '../src/backtest/tick-world.js';

const PROMISE = { violations: 0.01, maxUtilization: 0.9 };
/** CPU from which demand may be hidden. */
const SATURATED = 0.979;

/** Minutes at a level, servers. */
type Stretch = readonly [minutes: number, level: number];

function demandOf(stretches: readonly Stretch[]): Float64Array {
  return Float64Array.from(stretches.flatMap(([minutes, level]) => Array.from({ length: minutes }, () => level)));
}

/** Plays a load shorter than 14 days, and returns every plan above its limit. */
function beyondBound(stretches: readonly Stretch[]) {
  const demand = demandOf(stretches);
  const beyond: { readonly minute: number; readonly planned: number; readonly bound: number }[] = [];
  let controller: SloController | null = null;
  let highest = 0;
  let most = 0;
  const desired = (seen: Seen): number => {
    controller ??= new SloController(PROMISE, seen);
    const { learnt } = controller.growth;
    const total = seen.active + seen.provisioning;
    const count = controller.desired(seen);
    const now = seen.cpu * seen.active;
    const { factor } = controller.growth;
    highest = Math.max(highest, now);
    // The history stores demand with an error of 0.02 %.
    const bound =
      seen.cpu >= SATURATED
        ? Math.ceil(now * Math.max(factor, 1 / PROMISE.maxUtilization))
        : Math.ceil((1.0002 * Math.max(2 * highest, learnt * now, 0.9)) / PROMISE.maxUtilization);
    const planned = Math.max(controller.choice.wish, count > total ? count : 0);
    if (planned > bound) beyond.push({ minute: seen.at / 60_000, planned, bound });
    most = Math.max(most, count);
    return count;
  };
  playWorld(
    demand,
    { desired },
    {
      tickSeconds: 60,
      provisionSeconds: 120,
      min: 1,
      max: 1000,
      maxUtilization: 0.9,
      startAt: 0,
      noise: noiseFor(demand.length, 0.02, 1),
    },
  );
  return { beyond, most };
}

describe('a plan', () => {
  it('after 34 h at 10, 15 min at 50 and then silence is at most twice the highest demand', () => {
    expect(
      beyondBound([
        [34 * 60, 10],
        [15, 50],
        [6 * 60, 0.02],
      ]).beyond,
    ).toEqual([]);
  });

  const variations = [12, 24, 34].flatMap((hours) =>
    [5, 15].flatMap((minutes) =>
      [15, 50, 150].flatMap((height) =>
        [0, 0.02, 0.5, 5, 30].map((rest): [Stretch, Stretch, Stretch] => [
          [60 * hours, 10],
          [minutes, height],
          [90, rest],
        ]),
      ),
    ),
  );

  it('stays within its limit on 90 variations of that', () => {
    expect(variations).toHaveLength(90);
    expect(variations.flatMap((load) => beyondBound(load).beyond)).toEqual([]);
  });

  it('stays within its limit for any load', () => {
    const stretch = fc.tuple(
      fc.integer({ min: 1, max: 300 }),
      fc.double({ min: -4, max: 5, noNaN: true }).map((log) => Math.exp(log)),
    );
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 10 }), (stretches) => {
        expect(beyondBound(stretches).beyond).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
