import {
  BASELINE_NAMES,
  cheapest,
  demandOf,
  EnginePolicy,
  leadTicks,
  leastViolation,
  namedBaseline,
  noiseFor,
  Oracle,
  playWorld,
  type Score,
  sweepHindsight,
  type Swept,
  type Trace,
  UNKIND_LOAD_NAMES,
  unkindLoad,
  type WorldOptions,
} from '#world';

/** The configuration, the same for every trace. */
export const PROMISE = { violations: 0.01, maxUtilization: 0.9 } as const;
const TICK_SECONDS = 60;
const DAYS = 14;
const PEAK_SERVERS = 40;
const NOISE = 0.02;
const SEED = 1;
/** A thread's CPU clock has a resolution of several milliseconds. */
const LEAST_DECISIONS = 5_000;
/** It knows the future, so it is no baseline to compete with. */
const ORACLE = 'oracle';

/** Seed of the random parts of a generated load. */
const LOAD_SEED = 11;

/** A load to play. */
export interface Load {
  readonly name: string;
  /** Start of the first tick, milliseconds since the epoch. */
  readonly startAt: number;
  /** Servers by tick. */
  readonly demand: () => Float64Array;
}

/** The first two weeks of a trace, scaled. */
export function loadOf(trace: Trace): Load {
  const demand = () => demandOf(trace, { tickSeconds: TICK_SECONDS, peakServers: PEAK_SERVERS, days: DAYS });
  return { name: trace.name, startAt: trace.times[0]!, demand };
}

/** The generated loads, the same as in the tests of the service level. */
export const SCENARIOS: readonly Load[] = UNKIND_LOAD_NAMES.map((name) => ({
  name,
  startAt: 0,
  demand: () => unkindLoad(name, LOAD_SEED),
}));

/** Result of a baseline. */
export interface BaselineRow {
  readonly name: string;
  readonly violation: number;
  readonly costToOracle: number;
  readonly actionsPerDay: number;
}

/** One trace (or scenario) at one provisioning time. Ratios are `null` if there is nothing to compare with. */
export interface Row {
  readonly trace: string;
  readonly provisionSeconds: number;
  readonly ticks: number;
  /** Whether some hindsight baseline keeps the promise. */
  readonly feasible: boolean;
  readonly violation: number;
  readonly cost: number;
  readonly costToOracle: number;
  readonly costToHindsight: number | null;
  readonly hindsight: string | null;
  readonly gapClosed: number | null;
  readonly actionsPerDay: number;
  readonly actionsToHindsightHpa: number | null;
  /** Least violation of any baseline setting at our cost or less, and our violation divided by it. */
  readonly leastViolation: number | null;
  readonly violationToLeast: number | null;
  /** Least violation of all, at any cost: baseline settings and the policy; the cheapest of them. */
  readonly bestViolation: number;
  readonly bestCostToOracle: number;
  readonly bestBy: string;
  readonly elasticity: Score['elasticity'];
  readonly dropped: number;
  /** CPU time of the deciding thread, without other load of the machine. */
  readonly microsPerDecision: number;
  readonly sweepSeconds: number;
  readonly baselines: readonly BaselineRow[];
}

/** Plays one load: the policy, the oracle, all baselines, and the sweeps. */
export function measure(load: Load, provisionSeconds: number): Row {
  const startedAt = performance.now();
  const demand = load.demand();
  const options: WorldOptions = {
    tickSeconds: TICK_SECONDS,
    provisionSeconds,
    min: 1,
    max: 1000,
    maxUtilization: PROMISE.maxUtilization,
    startAt: load.startAt,
    noise: noiseFor(demand.length, NOISE, SEED),
  };
  const { score, microsPerDecision } = playPolicy(demand, options);
  const swept = sweepHindsight(demand, options);
  const oracle = playWorld(demand, new Oracle(demand, leadTicks(options), options.maxUtilization), options);
  const baselines = playBaselines(demand, options, oracle, swept);
  return {
    trace: load.name,
    provisionSeconds,
    ticks: demand.length,
    ...compare(score, oracle, swept),
    ...bestOf(score, oracle, swept, baselines),
    elasticity: score.elasticity,
    dropped: score.dropped,
    microsPerDecision,
    sweepSeconds: (performance.now() - startedAt) / 1000,
    baselines,
  };
}

/**
 * The policy's result; a short trace is played repeatedly, each time with a new policy, until its CPU time is
 * measurable.
 */
function playPolicy(demand: Float64Array, options: WorldOptions): { score: Score; microsPerDecision: number } {
  const play = (): Score =>
    playWorld(demand, new EnginePolicy({ slo: { ...PROMISE, maxActionsPerDay: null }, mode: 'act' }), options);
  const before = process.threadCpuUsage();
  let score = play();
  let decisions = demand.length;
  for (; decisions < LEAST_DECISIONS; decisions += demand.length) score = play();
  const { user, system } = process.threadCpuUsage(before);
  return { score, microsPerDecision: (user + system) / decisions };
}

function compare(score: Score, oracle: Score, swept: readonly Swept[]) {
  const level = Math.max(PROMISE.violations, score.violation);
  const hindsight = cheapest(swept, level);
  const hpa = cheapest(swept, level, 'hpa');
  const least = leastViolation(swept, score.cost);
  const gap = hindsight === null ? 0 : hindsight.score.cost - oracle.cost;
  return {
    feasible: cheapest(swept, PROMISE.violations) !== null,
    violation: score.violation,
    cost: score.cost,
    costToOracle: score.cost / oracle.cost,
    costToHindsight: hindsight === null ? null : score.cost / hindsight.score.cost,
    hindsight: hindsight === null ? null : `${hindsight.name}, ${hindsight.knobs}`,
    gapClosed: hindsight === null || gap <= 0 ? null : (hindsight.score.cost - score.cost) / gap,
    actionsPerDay: score.actionsPerDay,
    actionsToHindsightHpa:
      hpa === null || hpa.score.actionsPerDay === 0 ? null : score.actionsPerDay / hpa.score.actionsPerDay,
    leastViolation: least === null ? null : least.score.violation,
    violationToLeast: least === null || least.score.violation === 0 ? null : score.violation / least.score.violation,
  };
}

function bestOf(score: Score, oracle: Score, swept: readonly Swept[], baselines: readonly BaselineRow[]) {
  const rivals = [
    { name: 'slo', violation: score.violation, costToOracle: score.cost / oracle.cost },
    ...swept.map(({ name, knobs, score: { violation, cost } }) => ({
      name: `${name}, ${knobs}`,
      violation,
      costToOracle: cost / oracle.cost,
    })),
    ...baselines.filter(({ name }) => name !== ORACLE),
  ];
  const [best] = rivals.toSorted((a, b) => a.violation - b.violation || a.costToOracle - b.costToOracle);
  return { bestViolation: best!.violation, bestCostToOracle: best!.costToOracle, bestBy: best!.name };
}

function playBaselines(
  demand: Float64Array,
  options: WorldOptions,
  oracle: Score,
  swept: readonly Swept[],
): readonly BaselineRow[] {
  const row = (name: string, score: Score): BaselineRow => ({
    name,
    violation: score.violation,
    costToOracle: score.cost / oracle.cost,
    actionsPerDay: score.actionsPerDay,
  });
  const rows = BASELINE_NAMES.map((name) => namedBaseline(name, options.maxUtilization)).map(({ title, create }) =>
    row(title, playWorld(demand, create(), options)),
  );
  for (const name of ['hpa', 'trailing'] as const) {
    const best = cheapest(swept, PROMISE.violations, name);
    if (best !== null) rows.push(row(`hindsight ${name} (${best.knobs})`, best.score));
  }
  return [...rows, row(ORACLE, oracle)];
}
