import { SERVICE } from './policies.js';
import { PROMISE } from './replay.js';
import type { Row } from './run.js';

/** The service beside the real HPAs of one trace and seed. */
export interface Comparison {
  readonly trace: string;
  readonly seed: number;
  /** Whether the service kept the promise. */
  readonly kept: boolean;
  /** The cheapest of the real HPAs that kept the promise; `null` if none did. */
  readonly hindsight: string | null;
  /** Cost and actions of the service, divided by those of that HPA; `null` without one, or if it never acted. */
  readonly costToHindsight: number | null;
  readonly actionsToHindsight: number | null;
}

export function compare(rows: readonly Row[]): readonly Comparison[] {
  return rows
    .filter(({ policy }) => policy === SERVICE)
    .map(({ trace, seed, score }) => {
      const hindsight = rows
        .filter((row) => row.trace === trace && row.seed === seed && row.target !== null && isKept(row))
        .reduce<Row | null>((best, row) => (best === null || row.score.cost < best.score.cost ? row : best), null);
      return {
        trace,
        seed,
        kept: score.violation <= PROMISE.violations,
        hindsight: hindsight?.policy ?? null,
        costToHindsight: ratio(score.cost, hindsight?.score.cost),
        actionsToHindsight: ratio(score.actionsPerDay, hindsight?.score.actionsPerDay),
      };
    });
}

export function isKept({ score }: Pick<Row, 'score'>): boolean {
  return score.violation <= PROMISE.violations;
}

/** What the comparisons say together. */
export interface Summary {
  readonly runs: number;
  /** Runs in which some HPA kept the promise, and those of them in which the service did, too. */
  readonly feasible: number;
  readonly kept: number;
  readonly costToHindsight: number | null;
  readonly actionsToHindsight: number | null;
}

/** Ratios are medians. */
export function summarize(comparisons: readonly Comparison[]): Summary {
  const feasible = comparisons.filter(({ hindsight }) => hindsight !== null);
  return {
    runs: comparisons.length,
    feasible: feasible.length,
    kept: feasible.filter(({ kept }) => kept).length,
    costToHindsight: median(feasible.map(({ costToHindsight }) => costToHindsight)),
    actionsToHindsight: median(feasible.map(({ actionsToHindsight }) => actionsToHindsight)),
  };
}

/** How far the replays of the HPA were from the real ones. */
export interface ReplayError {
  /** Mean absolute difference of the share of slow or failed requests, percentage points. */
  readonly violationPoints: number;
  /** Mean absolute difference of cost and of actions, shares of the real ones. */
  readonly cost: number;
  readonly actions: number | null;
}

export function replayErrorOf(rows: readonly Row[]): ReplayError {
  const hpas = rows.filter(({ target }) => target !== null);
  const off = (pick: (row: Row) => number): number => mean(hpas.map((row) => Math.abs(pick(row))));
  const acting = hpas.filter(({ score }) => score.actionsPerDay > 0);
  return {
    violationPoints: off(({ score, replay }) => 100 * (replay.violation - score.violation)),
    cost: off(({ score, replay }) => replay.cost / score.cost - 1),
    actions:
      acting.length === 0
        ? null
        : mean(acting.map(({ score, replay }) => Math.abs(replay.actionsPerDay / score.actionsPerDay - 1))),
  };
}

function ratio(one: number, other: number | undefined): number | null {
  return other === undefined || other === 0 ? null : one / other;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
