import {
  ENOUGH_REPORTING,
  isAllWarming,
  isFull,
  pastWarmUp,
  SATURATED_PERCENT,
  SATURATED_SHARE,
  utilizationOf,
} from '../observe.js';
import type { MetricName, Observation, Server } from '../types.js';
import { averageCapacity, type Capacities, NO_CAPACITIES, ServerRatios, weightOf, withSamples } from './capacities.js';
import { fitOf, keptAfter, type MemoryLine, memoryLoad, NO_LINE, withLook } from './memory-line.js';
import { type WarmUp, warmUpFrom, warmUpMsOf, withYoung } from './warm-up.js';

/** What is learned of how a cluster's metrics tell its demand: small plain JSON, part of the engine's state. */
export interface DemandModel {
  readonly version: 1;
  /** When it last learned, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly capacities: Capacities;
  readonly memory: MemoryLine;
  /** What young servers use; absent until one was seen whose requests could be told from its CPU. */
  readonly warmUp?: WarmUp;
}

/** From this share of the capacity on, servers that are full say that all of it is: demand may be a multiple of what is served. */
const MOST_OF_IT = 0.8;
/** Where only a part of the servers is full, or may be starting up, demand is not taken to be a multiple of what is seen. */
const ALMOST_FULL = 0.97;
/** A request rate that tells of more than this many times the fleet is a fault of its source. */
const MOST_OFFERED = 10;

/**
 * Estimates demand from CPU, memory and request rate together; the scarcest resource decides.
 *
 * - CPU: the mean of the servers that report, weighed by what each carries where they are known to be unequal, for all active ones.
 * - Memory: only what comes from load counts, and only in the room above the floor that is there without load.
 * - Request rate: a saturated server's CPU hides what it is offered; its request rate and capacity may say more. That, too, is the
 *   least that demand can be.
 *
 * While the cluster's servers are all alike, report, and have CPU for their bottleneck, this is mean CPU times active servers.
 *
 * Servers that are warming up count by their request rate where capacity is known, and else as those that are past it: their own CPU may be
 * start-up. Where the others are full, what they hide is not multiplied by servers that have only just come.
 *
 * @param servers those that are there, as `observe` saw them
 * @param stored what was learned before, as `learned` gave it; anything else is nothing
 */
export function estimateDemand(
  observation: Observation,
  servers: readonly Server[],
  stored: unknown,
): { readonly observation: Observation; readonly learned: DemandModel } {
  const model = restore(stored, observation.at);
  if (observation.cpu === null) return { observation, learned: model };
  const cpu = cpuOf(observation, model.capacities);
  const { saturated } = cpu;
  const learned = learn(model, observation, servers, cpu.mean, saturated);
  const byResource: Record<MetricName, number> = {
    cpu: cpu.demand,
    memory: memoryDemand(observation, cpu.mean, learned.memory),
    request_rate: saturated ? rateDemand(observation, learned.capacities) : 0,
  };
  const bottleneck = (Object.keys(byResource) as MetricName[]).reduce((scarcest, one) =>
    byResource[one] > byResource[scarcest] ? one : scarcest,
  );
  return { observation: { ...observation, demand: byResource[bottleneck], bottleneck, saturated }, learned };
}

interface CpuView {
  /** Share of the capacity that is used, mean over what reports. */
  readonly mean: number;
  readonly demand: number;
  /** Whether so much of the capacity is refusing work that demand is known from below only, whatever the mean says. */
  readonly saturated: boolean;
}

function cpuOf(observation: Observation, capacities: Capacities): CpuView {
  const { samples, cpu, warming } = observation;
  const { active } = observation.servers;
  const judged = pastWarmUp(samples);
  let heard = 0;
  let used = 0;
  let full = 0;
  let isUnequal = false;
  for (const sample of judged) {
    const utilization = utilizationOf(sample);
    if (utilization === null) continue;
    const weight = weightOf(capacities, sample.serverId);
    isUnequal ||= weight !== 1;
    heard += weight;
    used += (weight * utilization) / 100;
    if (isFull(sample)) full += weight;
  }
  const mean = isUnequal ? used / heard : cpu!.mean / 100;
  if (isAllWarming(samples)) return { mean, demand: Math.min(mean, ALMOST_FULL) * active, saturated: false };
  const saturated = full > 0 && full >= SATURATED_SHARE * heard;
  const least = full >= MOST_OF_IT * heard ? SATURATED_PERCENT / 100 : ALMOST_FULL;
  const share = saturated ? Math.max(mean, least) : mean;
  return {
    mean,
    demand: share * (active - warming) + warmingDemand(observation, capacities, saturated ? 0 : share),
    saturated,
  };
}

/**
 * What servers that are warming up carry, servers' worth of capacity.
 * @param assumed what one is taken to carry whose request rate does not tell
 */
function warmingDemand({ samples, warming }: Observation, capacities: Capacities, assumed: number): number {
  const capacity = averageCapacity(capacities);
  let told = 0;
  let carried = 0;
  for (const sample of samples) {
    if (sample.warming !== true || sample.requestRate === null || capacity === null) continue;
    told += 1;
    carried += Math.min(1, sample.requestRate / capacity);
  }
  return carried + assumed * Math.max(0, warming - told);
}

function memoryDemand({ memory, servers }: Observation, load: number, line: MemoryLine): number {
  return memory === null ? 0 : memoryLoad(fitOf(line), load, memory.mean / 100) * servers.active;
}

/** What is offered, where the source tells what is offered and not only what is served. */
function rateDemand({ requestRate, servers }: Observation, capacities: Capacities): number {
  const capacity = averageCapacity(capacities);
  return capacity === null || requestRate === null
    ? 0
    : Math.min(requestRate / capacity, MOST_OFFERED * servers.active);
}

/** How long after its start a server's CPU is not taken for load, as learned so far; see `estimateDemand` for `stored`. */
export function learnedWarmUpMs(stored: unknown): number {
  return warmUpMsOf(warmUpFrom((stored as Partial<DemandModel> | null | undefined)?.warmUp));
}

/** A cluster that refuses work, or is partly silent, teaches nothing of how its metrics go together. */
function learn(
  model: DemandModel,
  observation: Observation,
  servers: readonly Server[],
  load: number,
  saturated: boolean,
): DemandModel {
  const { at, samples, memory, reportingBy } = observation;
  const isHeard = reportingBy.cpu > ENOUGH_REPORTING * observation.servers.active;
  if (at <= model.at) return model;
  const warmUp = withYoung(model.warmUp, samples, servers, averageCapacity(model.capacities));
  const young = warmUp === undefined ? {} : { warmUp };
  if (saturated || !isHeard || isAllWarming(samples)) return { ...model, ...young };
  const keep = keptAfter(at - model.at);
  return {
    version: 1,
    at,
    capacities: withSamples(model.capacities, keep, pastWarmUp(samples), servers),
    memory: memory === null ? model.memory : withLook(model.memory, keep, load, memory.mean / 100),
    ...young,
  };
}

/**
 * Demand in servers of a request rate that is offered to the whole cluster, by the capacity that was learned.
 *
 * @param stored what was learned, as `learned` gave it
 * @returns `null` while no capacity is known
 */
export function serversForRate(requestRate: number, stored: unknown, at: number): number | null {
  const capacity = averageCapacity(restore(stored, at).capacities);
  return capacity === null ? null : requestRate / capacity;
}

function restore(stored: unknown, at: number): DemandModel {
  const {
    version,
    at: learnedAt,
    memory,
    capacities,
    ...rest
  } = (stored ?? {}) as Partial<Record<keyof DemandModel, unknown>>;
  const warmUp = warmUpFrom(rest.warmUp);
  if (version !== 1 || typeof learnedAt !== 'number' || !isObject(memory) || !isObject(capacities)) {
    return { version: 1, at: at - 1, capacities: NO_CAPACITIES, memory: NO_LINE };
  }
  const { rateCpu, cpuCpu, servers } = capacities as Capacities;
  const known = servers instanceof ServerRatios ? servers : ServerRatios.from(servers);
  return {
    version: 1,
    at: learnedAt,
    capacities: { rateCpu, cpuCpu, servers: known },
    memory: memory as MemoryLine,
    ...(warmUp === undefined ? {} : { warmUp }),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
