import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Score, Trace } from '#world';
import { cpuMsOf, freePort } from '../loop/process.js';
import { ControlPlane } from './control-plane.js';
import { type Compression, realAt, virtualAt } from './fast-clock.js';
import { Fleets } from './fleets.js';
import { type Calls, type Deviation, deviationOf, type ExternalScaler } from './keda.js';
import { Load } from './load.js';
import { MetricsApi } from './metrics-api.js';
import { hpaPolicy, SERVICE, SERVICE_BY_KEDA } from './policies.js';
import { type Minute, nearestTargets, type Period, periodOf, playEngine, sweepTargets, tunedIn } from './replay.js';
import { FleetScorer } from './score.js';
import { type KedaServing, migratedFolder, type Registered, Service } from './service.js';
import { type Conditions, type Contender, SLOT_MS, Ticker } from './ticker.js';
import { TimeProxy } from './time-proxy.js';

export const SPEED = 15;
export const USUAL_TARGETS = [50, 60, 70, 80];
/** For everything to start, and for policies to reach the level of the load: 37 minutes of compressed time. */
const SETUP_MS = 150_000;
/** Before the scored period the service has to act for a while, real time. */
const LEAST_WARM_UP_MS = 20_000;
/**
 * From a pod's binding to Ready, real time: 95 s, and about 105 s from its creation. Kubernetes states whole seconds,
 * 15 s here: 90 to 120 s are measured. Anything above 120 s is planned as 180 s, a quarter more servers on spiky loads.
 */
const START_MS = 6300;

/** A policy of a run and its result. */
export interface Row {
  readonly trace: string;
  readonly seed: number;
  /** `SERVICE`, `SERVICE_BY_KEDA`, or `HPA 60 %`. */
  readonly policy: string;
  /** Target of the HPA, percent; `null`: the count is the service's. */
  readonly target: number | null;
  readonly nearTuned: boolean;
  readonly score: Score;
  /** The same policy in the world of backtests. */
  readonly replay: Score;
}

/** What is played on one control plane. */
export interface Setting {
  readonly trace: Trace;
  readonly seeds: readonly number[];
  /** Scored hours. */
  readonly hours: number;
  /** Whether KEDA scales one Deployment more for each seed, by the counts of the service. */
  readonly keda: boolean;
}

/** How KEDA followed the service. */
export interface KedaFigures {
  readonly calls: Calls;
  /** In the scored hours, by seed. */
  readonly deviations: readonly Deviation[];
}

/** One run: a trace, and some seeds of noise at once. */
export interface Run extends Conditions {
  readonly trace: string;
  readonly seeds: readonly number[];
  readonly startedAt: string;
  readonly hours: number;
  /** `null`: played without KEDA. */
  readonly keda: KedaFigures | null;
  /** Processors that the service used, on average. */
  readonly serviceCpus: number;
  /** Requests of the service that Kubernetes refused or did not answer. */
  readonly failedActions: number;
  /** The lead time that the service had measured at the end, by cluster, compressed seconds; `null`: none. */
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
export async function play(setting: Setting, note: Note, signal: AbortSignal): Promise<Run> {
  const { trace, seeds, hours, keda } = setting;
  note('starting a control plane');
  const plane = await ControlPlane.start();
  try {
    if (keda) {
      note('starting KEDA');
      plane.startKeda();
    }
    const folder = migratedFolder();
    try {
      note('replaying the 13 days before');
      const plan = planOf(setting);
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
function planOf({ trace, seeds, hours, keda }: Setting): Plan {
  // The compressed clock is ahead of the real one from the beginning.
  const loads = seeds.map((seed) => Load.of(trace, seed, Date.now() + 2 * SETUP_MS * SPEED));
  const { scoredAt } = loads[0]!;
  const period = periodOf(loads[0]!, hours);
  const played = loads.map((load) => ({ load, ...playEngine(load, period), hpas: contestedTargets(load, period) }));
  // A whole second, as Kubernetes states them: then a scrape, each second, tells the pods that were ready before it.
  const real = Math.ceil((Date.now() + SETUP_MS) / 1000) * 1000;
  const compression = { real, virtual: scoredAt, speed: SPEED };
  const now = virtualAt(compression, Date.now());
  const pasts = new Map<string, readonly Minute[]>();
  const contenders = played.flatMap(({ load, minutes, score, hpas }) => {
    // It acts only once it has started: until then it has the most servers that it had in its replay.
    const soon = minutes.filter(({ at }) => at > now && at <= scoredAt);
    const most = Math.max(...soon.map(({ active, desired }) => Math.max(active, desired)));
    const ours = (keda ? [SERVICE, SERVICE_BY_KEDA] : [SERVICE]).map((policy) =>
      contender(load, period, { policy, target: null, nearTuned: false, replay: score }, most),
    );
    for (const { app } of ours) pasts.set(app, minutes);
    return [...ours, ...hpas.map((hpa) => contender(load, period, hpa, load.initialServers(now)))];
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
  const byKeda = contenders.filter(({ policy }) => policy === SERVICE_BY_KEDA).map(({ app }) => app);
  const serving = byKeda.length === 0 ? null : await kedaServing(run);
  const service = new Service(folder, compression, connected, serving);
  try {
    note('starting Deployments, HPAs and the service');
    await plane.serveMetrics(api, metrics.port);
    plane.deploy(contenders, START_MS);
    ticker.start();
    const ids = await startWith(service, pasts, byKeda, compression);
    const keda = new Map(byKeda.map((app) => [app, ids.get(app)!]));
    if (serving !== null) await plane.scaleByKeda(api, scalerOf(plane, serving), keda);
    if (Date.now() > compression.real - LEAST_WARM_UP_MS)
      throw new Error(`starting took longer than ${(SETUP_MS - LEAST_WARM_UP_MS) / 1000} s: the machine is too busy`);
    const { until } = period;
    note(`playing until ${new Date(realAt(compression, until)).toISOString()}`);
    const before = { cpu: cpuMsOf(service.pid), at: Date.now() };
    await ticker.ended(signal);
    const serviceCpus = (cpuMsOf(service.pid) - before.cpu) / (Date.now() - before.at);
    let failedActions = 0;
    const leadSeconds: (number | null)[] = [];
    for (const id of ids.values()) {
      failedActions += await service.failedActions(id);
      leadSeconds.push(await service.leadSeconds(id));
    }
    const figures = serving === null ? null : await kedaFigures(service, keda.values(), period);
    return { ...ticker.conditions(), keda: figures, serviceCpus, failedActions, leadSeconds };
  } finally {
    ticker.stop();
    fleets.close();
    await service.kill();
    await proxy.close();
    await api.close();
    await metrics.close();
  }
}

/** The service serves KEDA with the certificate that the control plane has for API services. */
async function kedaServing(run: string): Promise<KedaServing> {
  const file = (name: string): string => join(run, 'pki', name);
  return {
    port: await freePort(),
    certFile: file('metrics.crt'),
    keyFile: file('metrics.key'),
    caFile: file('ca.crt'),
  };
}

function scalerOf(plane: ControlPlane, { port }: KedaServing): ExternalScaler {
  const [ca, cert, key] = [plane.pki('ca.crt'), plane.pki('metrics.crt'), plane.pki('metrics.key')];
  return { address: `127.0.0.1:${port}`, ca, cert, key };
}

async function kedaFigures(service: Service, ids: Iterable<string>, period: Period): Promise<KedaFigures> {
  const deviations: Deviation[] = [];
  for (const id of ids) deviations.push(deviationOf(await service.wanted(id, period.scoredFrom, period.until)));
  return { calls: await service.calls(), deviations };
}

/**
 * Starts the service with clusters whose past it remembers, and lets it act.
 *
 * @returns their ids by Deployment
 */
async function startWith(
  service: Service,
  pasts: Plan['pasts'],
  byKeda: readonly string[],
  compression: Compression,
): Promise<ReadonlyMap<string, string>> {
  await service.start();
  const workloads: Registered[] = [...pasts.keys()].map((app) => ({ app, isScaledByKeda: byKeda.includes(app) }));
  const ids = await service.register(workloads);
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
  return ids;
}

type Contested = Pick<Contender, 'policy' | 'target' | 'nearTuned' | 'replay'>;

/** The usual targets, and the three nearest to the one tuned in hindsight. */
function contestedTargets(load: Load, period: Period): readonly Contested[] {
  const swept = sweepTargets(load, period, USUAL_TARGETS);
  const nearest = nearestTargets(tunedIn(swept).target);
  return [...new Set([...USUAL_TARGETS, ...nearest])]
    .toSorted((a, b) => a - b)
    .map((target) => ({
      policy: hpaPolicy(target),
      target,
      nearTuned: nearest.includes(target),
      replay: swept.find((one) => one.target === target)!.score,
    }));
}

function contender(load: Load, period: Period, contested: Contested, replicas: number): Contender {
  const { policy, target } = contested;
  const own = policy === SERVICE_BY_KEDA ? 'keda' : 'slo';
  const app = `${target === null ? own : `hpa-${target}`}-${load.seed}`;
  return { ...contested, app, load, replicas, scorer: new FleetScorer(load, period, SLOT_MS * SPEED) };
}

function rowOf({ load, policy, target, nearTuned, scorer, replay }: Contender): Row {
  return {
    trace: load.trace,
    seed: load.seed,
    policy,
    target,
    nearTuned,
    score: scorer.score,
    replay,
  };
}
