import { rmSync } from 'node:fs';
import type { Score, Trace } from '#world';
import { cpuMsOf } from '../loop/process.js';
import { ControlPlane } from './control-plane.js';
import { type Compression, realAt, virtualAt } from './fast-clock.js';
import { Fleets } from './fleets.js';
import { Load } from './load.js';
import { MetricsApi } from './metrics-api.js';
import { type Minute, nearestTargets, type Period, playEngine, sweepTargets, tunedIn } from './replay.js';
import { FleetScorer } from './score.js';
import { migratedFolder, Service } from './service.js';
import { type Conditions, type Contender, SLOT_MS, Ticker } from './ticker.js';
import { TimeProxy } from './time-proxy.js';

export const SPEED = 15;
export const USUAL_TARGETS = [50, 60, 70, 80];
/** For everything to start, and for policies to reach the level of the load: 37 minutes of compressed time. */
const SETUP_MS = 150_000;
/** Before the scored period the service has to act for a while, real time. */
const LEAST_WARM_UP_MS = 20_000;
const HOUR_MS = 3_600_000;
/**
 * From a pod's binding to Ready, real time: 110 s. Kubernetes states whole seconds, 15 s here, so that a lead time of
 * just over 120 s would be measured as 135 s.
 */
const START_MS = 7300;

/** A policy of a run and its result. */
export interface Row {
  readonly trace: string;
  readonly seed: number;
  /** `slo`, or `HPA 60 %`. */
  readonly policy: string;
  /** Target of the HPA, percent; `null`: the service. */
  readonly target: number | null;
  readonly nearTuned: boolean;
  readonly score: Score;
  /** The same policy in the world of backtests. */
  readonly replay: Score;
}

/** One run: a trace, and some seeds of noise at once. */
export interface Run extends Conditions {
  readonly trace: string;
  readonly seeds: readonly number[];
  readonly startedAt: string;
  readonly hours: number;
  /** Processors that the service used, on average. */
  readonly serviceCpus: number;
  /** Requests of the service that Kubernetes refused or did not answer. */
  readonly failedActions: number;
  /** The lead time that the service had measured at the end, by seed, compressed seconds; `null`: none. */
  readonly leadSeconds: readonly (number | null)[];
  readonly rows: readonly Row[];
}

/** Called with what is being done. */
export type Note = (text: string) => void;

/**
 * Plays the scored hours of a trace on a control plane of its own.
 *
 * @param signal ends it early, and everything that it has started
 */
export async function play(
  trace: Trace,
  seeds: readonly number[],
  hours: number,
  note: Note,
  signal: AbortSignal,
): Promise<Run> {
  note('starting a control plane');
  const plane = await ControlPlane.start();
  try {
    const folder = migratedFolder();
    try {
      note('replaying the 13 days before');
      const plan = planOf(trace, seeds, hours);
      const conditions = await playOn(plane, folder, plan, note, signal);
      const startedAt = new Date(plan.compression.real).toISOString();
      return { trace: trace.name, seeds, startedAt, hours, ...conditions, rows: plan.contenders.map(rowOf) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } finally {
    plane.stop();
  }
}

interface Plan {
  readonly period: Period;
  readonly compression: Compression;
  readonly contenders: readonly Contender[];
  /** What the service is given to remember, by Deployment. */
  readonly pasts: ReadonlyMap<string, readonly Minute[]>;
}

/** Begins the time until the scored period. */
function planOf(trace: Trace, seeds: readonly number[], hours: number): Plan {
  // The compressed clock is ahead of the real one from the beginning.
  const loads = seeds.map((seed) => Load.of(trace, seed, Date.now() + 2 * SETUP_MS * SPEED));
  const { scoredAt } = loads[0]!;
  const period = { from: scoredAt - HOUR_MS / 4, scoredFrom: scoredAt, until: scoredAt + hours * HOUR_MS };
  const played = loads.map((load) => ({ load, ...playEngine(load, period), hpas: contestedTargets(load, period) }));
  const compression = { real: Date.now() + SETUP_MS, virtual: scoredAt, speed: SPEED };
  const now = virtualAt(compression, Date.now());
  const pasts = new Map<string, readonly Minute[]>();
  const contenders = played.flatMap(({ load, minutes, score, hpas }) => {
    // It acts only once it has started: until then it has the most servers that it had in its replay.
    const soon = minutes.filter(({ at }) => at > now && at <= scoredAt);
    const most = Math.max(...soon.map(({ active, desired }) => Math.max(active, desired)));
    const ours = contender(load, period, { target: null, nearTuned: false, replay: score }, most);
    pasts.set(ours.app, minutes);
    return [ours, ...hpas.map((hpa) => contender(load, period, hpa, load.initialServers(now)))];
  });
  return { period, compression, contenders, pasts };
}

type Measured = Omit<Run, 'trace' | 'seeds' | 'startedAt' | 'hours' | 'rows'>;

async function playOn(
  plane: ControlPlane,
  folder: string,
  { period, compression, contenders, pasts }: Plan,
  note: Note,
  signal: AbortSignal,
): Promise<Measured> {
  const { run, apiPort, namespace } = plane;
  const metrics = await MetricsApi.start(run, namespace);
  const proxy = await TimeProxy.start(run, apiPort, compression);
  const api = plane.api();
  const fleets = new Fleets(api, namespace);
  const ticker = new Ticker(contenders, fleets, metrics, compression, period);
  const connected = { server: proxy.url, ca: plane.pki('ca.crt'), token: plane.token(), namespace };
  const service = new Service(folder, compression, connected);
  try {
    note('starting Deployments, HPAs and the service');
    await plane.serveMetrics(api, metrics.port);
    plane.deploy(contenders, START_MS);
    ticker.start();
    const ids = await startWith(service, pasts, compression);
    if (Date.now() > compression.real - LEAST_WARM_UP_MS)
      throw new Error(`starting took longer than ${(SETUP_MS - LEAST_WARM_UP_MS) / 1000} s: the machine is too busy`);
    const { until } = period;
    note(`playing until ${new Date(realAt(compression, until)).toISOString()}`);
    const before = { cpu: cpuMsOf(service.pid), at: Date.now() };
    await ticker.ended(signal);
    const serviceCpus = (cpuMsOf(service.pid) - before.cpu) / (Date.now() - before.at);
    let failedActions = 0;
    const leadSeconds: (number | null)[] = [];
    for (const id of ids) {
      failedActions += await service.failedActions(id);
      leadSeconds.push(await service.leadSeconds(id));
    }
    return { ...ticker.conditions(), serviceCpus, failedActions, leadSeconds };
  } finally {
    ticker.stop();
    fleets.close();
    await service.kill();
    await proxy.close();
    await api.close();
    await metrics.close();
  }
}

/** Starts the service with clusters whose past it remembers, and lets it act. @returns their ids */
async function startWith(service: Service, pasts: Plan['pasts'], compression: Compression): Promise<readonly string[]> {
  await service.start();
  const ids = await service.register([...pasts.keys()]);
  await service.stop();
  for (const [app, minutes] of pasts) {
    const now = virtualAt(compression, Date.now());
    await service.remember(
      ids.get(app)!,
      minutes.filter(({ at }) => at <= now),
    );
  }
  await service.start();
  await service.activate(ids.values());
  for (const id of ids.values()) await service.hasLearned(id);
  return [...ids.values()];
}

type Contested = Pick<Contender, 'target' | 'nearTuned' | 'replay'>;

/** The usual targets, and the three nearest to the one tuned in hindsight. */
function contestedTargets(load: Load, period: Period): readonly Contested[] {
  const swept = sweepTargets(load, period, USUAL_TARGETS);
  const nearest = nearestTargets(tunedIn(swept).target);
  return [...new Set([...USUAL_TARGETS, ...nearest])]
    .toSorted((a, b) => a - b)
    .map((target) => ({
      target,
      nearTuned: nearest.includes(target),
      replay: swept.find((one) => one.target === target)!.score,
    }));
}

function contender(load: Load, period: Period, contested: Contested, replicas: number): Contender {
  const { target } = contested;
  const app = `${target === null ? 'slo' : `hpa-${target}`}-${load.seed}`;
  return { ...contested, app, load, replicas, scorer: new FleetScorer(load, period, SLOT_MS * SPEED) };
}

function rowOf({ load, target, nearTuned, scorer, replay }: Contender): Row {
  return {
    trace: load.trace,
    seed: load.seed,
    policy: target === null ? 'slo' : `HPA ${target} %`,
    target,
    nearTuned,
    score: scorer.score,
    replay,
  };
}
