import { type Baseline, Hpa, type Policy } from '#engine';
import { EnginePolicy, noiseFor, playWorld, type Score, Scorer, type TimelineRow, type WorldOptions } from '#world';
import { type Load, TICK_SECONDS } from './load.js';

/** The service level, the same for every trace. */
export const PROMISE = { violations: 0.01, maxUtilization: 0.9 } as const;
export const PROVISION_SECONDS = 105;
export const MIN_SERVERS = 1;
export const MAX_SERVERS = 200;
export const POLICY: Policy = { slo: { ...PROMISE, maxActionsPerDay: null }, mode: 'act' };

/** Every 2.5 points, as other sweeps in hindsight, in whole percent, as an HPA states it. */
export const TARGETS: readonly number[] = Array.from({ length: 37 }, (_, index) => Math.floor(5 + 2.5 * index));

const HOUR_MS = 3_600_000;

/** Times of a run, milliseconds since the epoch: policies act from `from` on and are scored from `scoredFrom` on. */
export interface Period {
  readonly from: number;
  readonly scoredFrom: number;
  readonly until: number;
}

/** The period that scores the first hours of the last day, after a quarter of an hour of acting. */
export function periodOf({ scoredAt }: Load, hours: number): Period {
  return { from: scoredAt - HOUR_MS / 4, scoredFrom: scoredAt, until: scoredAt + hours * HOUR_MS };
}

export interface Replayed {
  readonly target: number;
  readonly score: Score;
}

/** Plays the HPA with every target, and with `more`, in the world of backtests, with ticks of 15 s. */
export function sweepTargets(load: Load, period: Period, more: readonly number[] = []): readonly Replayed[] {
  const [first, end] = [load.tickAt(period.from), load.tickAt(period.until - 1) + 1];
  const options = worldOf(TICK_SECONDS, load.startAt + first * TICK_SECONDS * 1000, load.noise.subarray(first, end));
  return [...new Set([...TARGETS, ...more])].map((target) => ({
    target,
    score: scored(load.demand.subarray(first, end), new Hpa(target / 100), options, period.scoredFrom),
  }));
}

/** The cheapest of `TARGETS` that keeps the promise; if none does, the one that violates it least. */
export function tunedIn(swept: readonly Replayed[]): Replayed {
  const replayed = swept.filter(({ target }) => TARGETS.includes(target));
  const kept = replayed.filter(({ score }) => score.violation <= PROMISE.violations);
  const rank = kept.length > 0 ? ({ score }: Replayed) => score.cost : ({ score }: Replayed) => score.violation;
  return (kept.length > 0 ? kept : replayed).reduce((best, one) => (rank(one) < rank(best) ? one : best));
}

/** The tuned target and its neighbors: three, also at the ends. */
export function nearestTargets(tuned: number): readonly number[] {
  const first = Math.min(TARGETS.length - 3, Math.max(0, TARGETS.indexOf(tuned) - 1));
  return TARGETS.slice(first, first + 3);
}

/** A minute of the history of a cluster, as the service would have recorded it. */
export interface Minute {
  /** Its end, milliseconds since the epoch. */
  readonly at: number;
  readonly active: number;
  readonly provisioning: number;
  readonly desired: number;
  /** Share of capacity. */
  readonly cpu: number;
}

/**
 * Plays the service level from the start of the trace in virtual time, by the minute, on a fleet of its own.
 *
 * @returns the history, and the score of the period
 */
export function playEngine(load: Load, period: Period): { readonly minutes: readonly Minute[]; readonly score: Score } {
  const demand = load.minutes();
  const end = Math.round((period.until - load.startAt) / 60_000);
  const played = demand.subarray(0, end);
  const noise = noiseFor(played.length, 0.02, load.seed);
  const minutes: Minute[] = [];
  const score = scored(
    played,
    new EnginePolicy(POLICY),
    worldOf(60, load.startAt, noise),
    period.scoredFrom,
    ({ tick, demand: offered, active, provisioning, desired }) => {
      const cpu = Math.min(1, Math.min(1, offered / active) * (1 + noise[tick]!));
      minutes.push({ at: load.startAt + (tick + 1) * 60_000, active, provisioning, desired, cpu });
    },
  );
  return { minutes, score };
}

function worldOf(tickSeconds: number, startAt: number, noise: Float64Array): WorldOptions {
  return {
    tickSeconds,
    provisionSeconds: PROVISION_SECONDS,
    min: MIN_SERVERS,
    max: MAX_SERVERS,
    maxUtilization: PROMISE.maxUtilization,
    startAt,
    noise,
  };
}

function scored(
  demand: Float64Array,
  policy: Baseline,
  options: WorldOptions,
  scoredFrom: number,
  onTick: (row: TimelineRow) => void = () => undefined,
): Score {
  const { tickSeconds, startAt, min, maxUtilization } = options;
  const warmUp = Math.round((scoredFrom - startAt) / (tickSeconds * 1000));
  const scorer = new Scorer({ tickSeconds, maxUtilization, min }, warmUp);
  playWorld(demand, policy, options, (row) => {
    const { demand: offered, active, provisioning, desired } = row;
    scorer.add(offered, active, provisioning, desired !== active + provisioning);
    onTick(row);
  });
  return scorer.score();
}
