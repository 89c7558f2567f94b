import { type Baseline, Hpa, Trailing } from '#engine';
import type { Score } from './score.js';
import { playWorld, type WorldOptions } from './tick-world.js';

/** One setting of a baseline and its result. */
export interface Swept {
  readonly name: 'hpa' | 'trailing';
  readonly knobs: string;
  readonly score: Score;
}

const HPA_TARGETS = Array.from({ length: 37 }, (_, index) => (5 + 2.5 * index) / 100);
const TRAILING_MINUTES = [5, 15, 30, 60, 120];
const TRAILING_HEADROOM = [0, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3];

/** All settings of the two tunable baselines: the choice of an operator with hindsight. */
export const HINDSIGHT_SETTINGS: readonly {
  readonly name: Swept['name'];
  readonly knobs: string;
  readonly create: (maxUtilization: number) => Baseline;
}[] = [
  ...HPA_TARGETS.map((target) => ({
    name: 'hpa' as const,
    knobs: `target ${(100 * target).toFixed(1)} %`,
    create: () => new Hpa(target),
  })),
  ...TRAILING_MINUTES.flatMap((minutes) =>
    TRAILING_HEADROOM.map((headroom) => ({
      name: 'trailing' as const,
      knobs: `${minutes} min + ${Math.round(100 * headroom)} %`,
      create: (maxUtilization: number) => new Trailing(minutes, headroom, maxUtilization),
    })),
  ),
];

/** Plays all settings on this demand. */
export function sweepHindsight(demand: Float64Array, options: WorldOptions): readonly Swept[] {
  return HINDSIGHT_SETTINGS.map(({ name, knobs, create }) => ({
    name,
    knobs,
    score: playWorld(demand, create(options.maxUtilization), options),
  }));
}

/** The cheapest setting with at most this violation; `null` if there is none. */
export function cheapest(swept: readonly Swept[], violation: number, name?: Swept['name']): Swept | null {
  let best: Swept | null = null;
  for (const one of swept) {
    if (name !== undefined && one.name !== name) continue;
    if (one.score.violation <= violation + 1e-12 && (best === null || one.score.cost < best.score.cost)) best = one;
  }
  return best;
}

/** The least violation of the settings with at most this cost; `null` if all cost more. */
export function leastViolation(swept: readonly Swept[], cost: number): Swept | null {
  let best: Swept | null = null;
  for (const one of swept) {
    if (one.score.cost <= cost && (best === null || one.score.violation < best.score.violation)) best = one;
  }
  return best;
}
