import type { SeenDemand } from '#metrics';
import type { MadeForecast } from '#scaler';

/** Scored quantiles. */
const LEVELS = ['0.5', '0.9', '0.99'] as const;

export interface Score {
  /** Start of the bucket. */
  readonly at: number;
  readonly settled: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly pinball: Readonly<Record<string, number>>;
  readonly bias: number;
  readonly reactive: number;
}

export interface HorizonScore {
  readonly horizonMs: number;
  readonly total: Score;
  readonly buckets: readonly Score[];
}

/**
 * Tolerance: with single precision and the resolution of the engine's histogram, an idle cluster must not count as a
 * miss.
 */
const SAME = 1e-3;

/**
 * Compares forecasts with the highest demand of the steps within their horizon. Forecasts whose horizon is not fully
 * observed, or has a gap, are left out, as in the engine.
 *
 * @param forecasts oldest first
 * @param demand what the engine learned from, oldest first
 * @param bucketMs length of a bucket; buckets begin at multiples of it
 */
export function scoreForecasts(
  forecasts: readonly MadeForecast[],
  demand: readonly SeenDemand[],
  bucketMs: number,
): HorizonScore[] {
  const byHorizon = new Map<number, { total: Tally; buckets: Map<number, Tally> }>();
  const stepMs = stepOf(forecasts);
  let next = 0;
  for (const forecast of forecasts) {
    while (next < demand.length && demand[next]!.at <= forecast.at) next += 1;
    const outcome = outcomeOf(forecast, demand, next, stepMs);
    if (outcome === null) continue;
    const bucket = Math.floor(forecast.at / bucketMs) * bucketMs;
    let horizon = byHorizon.get(forecast.horizonMs);
    if (horizon === undefined) {
      horizon = { total: new Tally(bucket), buckets: new Map() };
      byHorizon.set(forecast.horizonMs, horizon);
    }
    let tally = horizon.buckets.get(bucket);
    if (tally === undefined) {
      tally = new Tally(bucket);
      horizon.buckets.set(bucket, tally);
    }
    tally.add(forecast, outcome);
    horizon.total.add(forecast, outcome);
  }
  return [...byHorizon]
    .sort(([one], [other]) => one - other)
    .map(([horizonMs, { total, buckets }]) => ({
      horizonMs,
      total: total.score(),
      buckets: [...buckets.values()].map((tally) => tally.score()),
    }));
}

/** Each step makes one forecast, so the shortest time between two is the step. */
function stepOf(forecasts: readonly MadeForecast[]): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let index = 1; index < forecasts.length; index++) {
    shortest = Math.min(shortest, forecasts[index]!.at - forecasts[index - 1]!.at);
  }
  return Math.max(60_000, Math.round(shortest / 60_000) * 60_000);
}

function outcomeOf(
  { at, horizonMs }: MadeForecast,
  demand: readonly SeenDemand[],
  from: number,
  stepMs: number,
): number | null {
  // Ticks move within their minute; the last step may come up to half a step late.
  const until = at + horizonMs + stepMs / 2;
  let highest = 0;
  let seen = 0;
  for (let index = from; index < demand.length && demand[index]!.at <= until; index++) {
    highest = Math.max(highest, demand[index]!.demand);
    seen += 1;
  }
  return seen >= Math.round(horizonMs / stepMs) ? highest : null;
}

class Tally {
  private settled = 0;
  private reactive = 0;
  private bias = 0;
  private readonly covered = new Float64Array(LEVELS.length);
  private readonly loss = new Float64Array(LEVELS.length);

  constructor(private readonly at: number) {}

  add({ model, quantiles }: MadeForecast, outcome: number): void {
    this.settled += 1;
    if (model === 'reactive') this.reactive += 1;
    for (const [index, name] of LEVELS.entries()) {
      const miss = outcome - (quantiles[name] ?? 0);
      if (miss <= SAME * (1 + outcome)) this.covered[index]! += 1;
      this.loss[index]! += miss > 0 ? Number(name) * miss : (Number(name) - 1) * miss;
      if (name === '0.5') this.bias += miss;
    }
  }

  score(): Score {
    const { at, settled } = this;
    const mean = (sums: Float64Array): Record<string, number> =>
      Object.fromEntries(LEVELS.map((name, index) => [name, round(sums[index]! / settled)]));
    return {
      at,
      settled,
      coverage: mean(this.covered),
      pinball: mean(this.loss),
      bias: round(this.bias / settled),
      reactive: round(this.reactive / settled),
    };
  }
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
