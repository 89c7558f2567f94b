import type { OpenWindow, Policy } from '#engine';
import { EnginePolicy } from './engine-policy.js';
import { cheapest, HINDSIGHT_SETTINGS, type Swept } from './hindsight.js';
import { type ComparableName, namedBaseline } from './named-baselines.js';
import { Oracle } from './oracle.js';
import type { Score } from './score.js';
import { leadTicks, noiseFor, playWorld, TickWorld, type WorldOptions } from './tick-world.js';
import { type ExplainedRow, type TimelinePoint, TimelineSketch } from './timeline.js';

/** A policy with a name. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}

/** A backtest as plain data, so that it can be passed to another thread. */
export interface BacktestRequest {
  /** Demand by tick, servers. */
  readonly demand: Float64Array;
  readonly tickSeconds: number;
  readonly provisionSeconds: number;
  readonly min: number;
  readonly max: number;
  /** Start of the first tick, milliseconds since the epoch. */
  readonly startAt: number;
  /** Measurement error as a share, uniform within plus or minus this. */
  readonly noise: number;
  readonly seed: number;
  /** The service level that everything is scored by; a policy may promise another share of these requests itself. */
  readonly promise: { readonly violations: number; readonly maxUtilization: number };
  readonly policies: readonly NamedPolicy[];
  readonly compare: readonly ComparableName[];
  /** Promises (shares of requests) for which the service level is also played: the frontier. */
  readonly frontier: readonly number[];
  /** Maximum number of chart points per policy. */
  readonly timelinePoints: number;
}

/** Settings of a backtest, without its demand. */
export type BacktestSettings = Omit<BacktestRequest, 'demand' | 'startAt'>;

/** The score where no policy has a service level. */
const DEFAULT_PROMISE = { violations: 0.01, maxUtilization: 0.9 };

/** The service level by which policies are compared: the first among them. */
export function promiseOf(policies: readonly NamedPolicy[]): BacktestRequest['promise'] {
  const slo = policies.find(({ policy }) => policy.slo !== undefined)?.policy.slo;
  return slo === undefined ? DEFAULT_PROMISE : { violations: slo.violations, maxUtilization: slo.maxUtilization };
}

/** Result of one contestant. */
export interface BacktestRow {
  readonly name: string;
  readonly kind: 'policy' | 'baseline' | 'hindsight' | 'frontier' | 'oracle';
  readonly score: Score;
  readonly costToOracle: number;
  /** Whether no more requests were slow or failed than it promised itself, or else than the request promises. */
  readonly kept: boolean;
  /** The share that it promised itself; `undefined`: that of the request. */
  readonly promised?: number;
  readonly timeline?: readonly TimelinePoint[];
}

export interface BacktestReport {
  readonly ticks: number;
  readonly tickSeconds: number;
  /** Start of the first tick, milliseconds since the epoch. */
  readonly startAt: number;
  readonly promise: BacktestRequest['promise'];
  readonly rows: readonly BacktestRow[];
}

export interface BacktestDependencies {
  /** The windows of a policy's schedule that are open at a time. */
  readonly openWindows: (policy: Policy, at: number) => readonly OpenWindow[];
  /** Called for every tick of a policy. */
  readonly onTick?: (name: string, row: ExplainedRow) => void;
}

interface Contestant {
  readonly name: string;
  readonly kind: BacktestRow['kind'];
  readonly promised?: number;
  /** Cost of a tick, roughly, in ticks of a baseline. */
  readonly effort: number;
  readonly begin: () => { readonly world: TickWorld; readonly timeline?: readonly TimelinePoint[] };
}

/** Ticks of a baseline between progress reports: a few milliseconds. */
const STRIDE = 20_000;
/** The engine explains every tick and learns from it. */
const ENGINE_EFFORT = 40;

/**
 * Plays policies, baselines and the oracle against the same demand, one after the other. Yields its progress (0 to 1)
 * every few milliseconds, so that the caller can report it or stop; returns the report.
 */
export function* backtest(
  request: BacktestRequest,
  dependencies: BacktestDependencies,
): Generator<number, BacktestReport, void> {
  const { demand, tickSeconds, startAt, promise } = request;
  const options = worldOf(request);
  const contestants = contestantsOf(request, options, dependencies);
  const sweeps = request.compare.includes('hindsight') ? HINDSIGHT_SETTINGS : [];
  const total = demand.length * (contestants.reduce((sum, { effort }) => sum + effort, 0) + sweeps.length);
  let done = 0;
  function* finish(world: TickWorld, effort: number): Generator<number, Score, void> {
    for (let left = demand.length; left > 0;) {
      const before = left;
      left = world.advance(Math.ceil(STRIDE / effort));
      done += (before - left) * effort;
      yield done / total;
    }
    return world.score();
  }
  const oracle = playWorld(demand, new Oracle(demand, leadTicks(options), options.maxUtilization), options);
  const row = (
    name: string,
    kind: BacktestRow['kind'],
    score: Score,
    more: Pick<BacktestRow, 'promised' | 'timeline'> = {},
  ): BacktestRow => ({
    name,
    kind,
    score,
    costToOracle: oracle.cost > 0 ? score.cost / oracle.cost : 1,
    kept: score.violation <= (more.promised ?? promise.violations),
    ...more,
  });
  const rows: BacktestRow[] = [];
  for (const { name, kind, promised, effort, begin } of contestants) {
    const { world, timeline } = begin();
    const score = yield* finish(world, effort);
    rows.push(
      row(name, kind, score, {
        ...(promised === undefined ? {} : { promised }),
        ...(timeline === undefined ? {} : { timeline }),
      }),
    );
  }
  const swept: Swept[] = [];
  for (const { name, knobs, create } of sweeps) {
    const world = new TickWorld(demand, create(promise.maxUtilization), options);
    swept.push({ name, knobs, score: yield* finish(world, 1) });
  }
  for (const best of bestInHindsight(swept, promise.violations)) {
    rows.push(row(`hindsight ${best.name}, ${best.knobs}`, 'hindsight', best.score));
  }
  rows.push(row('oracle', 'oracle', oracle));
  return { ticks: demand.length, tickSeconds, startAt, promise, rows };
}

function worldOf({ demand, noise, seed, promise, ...rest }: BacktestRequest): WorldOptions {
  const { tickSeconds, provisionSeconds, min, max, startAt } = rest;
  return {
    tickSeconds,
    provisionSeconds,
    min,
    max,
    startAt,
    maxUtilization: promise.maxUtilization,
    noise: noiseFor(demand.length, noise, seed),
  };
}

function contestantsOf(
  request: BacktestRequest,
  options: WorldOptions,
  dependencies: BacktestDependencies,
): readonly Contestant[] {
  const { demand, promise, timelinePoints } = request;
  const policies = request.policies.map(({ name, policy }): Contestant => ({
    name,
    kind: 'policy',
    ...ownPromise(policy, promise),
    effort: ENGINE_EFFORT,
    begin: () => beginPolicy(name, policy, demand, options, timelinePoints, dependencies),
  }));
  const baselines = request.compare
    .filter((name) => name !== 'hindsight')
    .map((name): Contestant => {
      const { title, create } = namedBaseline(name, promise.maxUtilization);
      const begin = () => ({ world: new TickWorld(demand, create(), options) });
      return { name: title, kind: 'baseline', effort: 1, begin };
    });
  const frontier = request.frontier.map((violations): Contestant => {
    const { maxUtilization } = promise;
    const policy: Policy = { slo: { violations, maxUtilization, maxActionsPerDay: null }, mode: 'act' };
    return {
      name: `slo, ${Number((100 * violations).toPrecision(3))} %`,
      kind: 'frontier',
      promised: violations,
      effort: ENGINE_EFFORT,
      begin: () => ({ world: new TickWorld(demand, new EnginePolicy(policy), options) }),
    };
  });
  return [...policies, ...baselines, ...frontier];
}

function beginPolicy(
  name: string,
  policy: Policy,
  demand: Float64Array,
  options: WorldOptions,
  timelinePoints: number,
  { openWindows, onTick }: BacktestDependencies,
): { readonly world: TickWorld; readonly timeline: readonly TimelinePoint[] } {
  const { startAt, tickSeconds, maxUtilization } = options;
  const engine = new EnginePolicy({ ...policy, mode: 'act' }, (at) => openWindows(policy, at));
  const sketch = new TimelineSketch(demand.length, timelinePoints, startAt, tickSeconds, maxUtilization);
  const world = new TickWorld(demand, engine, options, (row) => {
    const upper = engine.forecast?.upper ?? null;
    sketch.add(row, upper);
    const { action, reason } = engine.decision!;
    onTick?.(name, { ...row, action, reason, upper });
  });
  return { world, timeline: sketch.points };
}

/** What a policy promises itself, where that is another share of the same requests. */
function ownPromise({ slo }: Policy, { violations, maxUtilization }: BacktestRequest['promise']) {
  const isOther = slo !== undefined && slo.maxUtilization === maxUtilization && slo.violations !== violations;
  return isOther ? { promised: slo.violations } : {};
}

/** The cheapest setting of each tunable baseline that keeps the promise, in hindsight. */
function bestInHindsight(swept: readonly Swept[], violations: number): readonly Swept[] {
  return (['hpa', 'trailing'] as const).flatMap((name) => cheapest(swept, violations, name) ?? []);
}
