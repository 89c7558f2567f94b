import {
  ENOUGH_REPORTING,
  isAllWarming,
  isFull,
  pastWarmUp,
  SATURATED_PERCENT,
  SATURATED_SHARE,
  utilizationOf,
} from '../observe.js';
import type { Bottleneck, Observation, Server, Totals } from '../types.js';
import { averageCapacity, type Capacities, NO_CAPACITIES, ServerRatios, weightOf, withSamples } from './capacities.js';
import { fitOf, keptAfter, type MemoryLine, memoryLoad, NO_LINE, withLook } from './memory-line.js';
import { type WarmUp, warmUpFrom, warmUpMsOf, withYoung } from './warm-up.js';
import { NO_WORK, type WorkCapacity, withWork, workDemand, workFrom } from './totals.js';

/** What is learned about how a cluster's metrics map to demand: small plain JSON, part of the engine's state. */
export interface DemandModel {
  readonly version: 1;
  /** When it last learned, milliseconds since the epoch. */
  readonly at: number;
  readonly capacities: Capacities;
  readonly memory: MemoryLine;
  /** CPU use of young servers; absent until one was seen whose requests could be separated from its CPU. */
  readonly warmUp?: WarmUp;
  /** Work that one server handles; absent until the source stated some. */
  readonly work?: WorkCapacity;
}

/** If full servers make up this share of the capacity, demand may be a multiple of what is served. */
const MOST_OF_IT = 0.8;
/**
 * Utilization of a cluster that is only partly full, or may be starting: below the level from which `slo` assumes
 * hidden demand.
 */
const ALMOST_FULL = 0.97;
/** A request rate above this multiple of the fleet's capacity is an error of its source. */
const MOST_OFFERED = 10;

/**
 * Estimates demand from CPU, memory and request rate; the scarcest resource decides.
 *
 * - CPU: the mean over reporting servers, weighted by known capacity ratios, extrapolated to all that took load.
 * - Memory: only the part caused by load counts, relative to the room above the floor without load.
 * - Request rate: CPU of a saturated server hides offered load; its request rate and capacity may show more. This is
 *   also a lower bound of demand.
 * - Work that waits or is under way, if the source states it: divided by what one server handles, as stated or learned.
 *   With a stated capacity nothing is hidden. It is known without servers and without CPU, too.
 *
 * While all servers are alike, report, and have CPU as the bottleneck, the result is mean CPU times these servers.
 *
 * Servers that are warming up count by their request rate if capacity is known, and otherwise like the servers past
 * warm-up: their own CPU may be start-up work. If the others are full, hidden demand is not multiplied by servers that
 * just came.
 *
 * @param servers the existing servers, as passed to `observe`
 * @param stored what was learned before, as returned in `learned`; anything else counts as nothing
 */
export function estimateDemand(
  observation: Observation,
  servers: readonly Server[],
  stored: unknown,
): { readonly observation: Observation; readonly learned: DemandModel } {
  const model = restore(stored, observation.at);
  const work = workDemand(observation, model.work ?? NO_WORK);
  if (observation.cpu === null) {
    const known = work === null ? observation : { ...observation, demand: work, bottleneck: 'work' as const };
    return { observation: known, learned: model };
  }
  const cpu = cpuOf(observation, model.capacities);
  const { saturated } = cpu;
  const learned = learn(model, observation, servers, cpu.mean, saturated);
  const byResource: Record<Bottleneck, number> = {
    cpu: cpu.demand,
    memory: memoryDemand(observation, cpu.mean, learned.memory),
    request_rate: saturated ? rateDemand(observation, learned.capacities) : 0,
    work: work ?? 0,
  };
  const bottleneck = (Object.keys(byResource) as Bottleneck[]).reduce((scarcest, one) =>
    byResource[one] > byResource[scarcest] ? one : scarcest,
  );
  const isStated = bottleneck === 'work' && observation.totals?.capacity !== undefined;
  const hidden = saturated && !isStated;
  return { observation: { ...observation, demand: byResource[bottleneck], bottleneck, saturated: hidden }, learned };
}

interface CpuView {
  /** Mean utilization of the capacity over reporting servers. */
  readonly mean: number;
  readonly demand: number;
  /** Whether so much capacity is saturated that demand is only a lower bound, regardless of the mean. */
  readonly saturated: boolean;
}

function cpuOf(observation: Observation, capacities: Capacities): CpuView {
  const { samples, cpu, warming, loaded } = observation;
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
  if (isAllWarming(samples)) return { mean, demand: Math.min(mean, ALMOST_FULL) * loaded, saturated: false };
  const saturated = full > 0 && full >= SATURATED_SHARE * heard;
  const least = full >= MOST_OF_IT * heard ? SATURATED_PERCENT / 100 : ALMOST_FULL;
  const share = saturated ? Math.max(mean, least) : mean;
  return {
    mean,
    demand: share * (loaded - warming) + warmingDemand(observation, capacities, saturated ? 0 : share),
    saturated,
  };
}

/**
 * Load of servers that are warming up, in servers' worth of capacity.
 * @param assumed load of a server whose request rate gives no estimate
 */
function warmingDemand({ samples, warming }: Observation, capacities: Capacities, assumed: number): number {
  const capacity = averageCapacity(capacities);
  let measured = 0;
  let carried = 0;
  for (const sample of samples) {
    if (sample.warming !== true || sample.requestRate === null || capacity === null) continue;
    measured += 1;
    carried += Math.min(1, sample.requestRate / capacity);
  }
  return carried + assumed * Math.max(0, warming - measured);
}

function memoryDemand(observation: Observation, load: number, line: MemoryLine): number {
  const { memory, loaded } = observation;
  return memory === null ? 0 : memoryLoad(fitOf(line), load, memory.mean / 100) * loaded;
}

/** Offered load, if the source counts offered and not only served requests. */
function rateDemand({ requestRate, servers }: Observation, capacities: Capacities): number {
  const capacity = averageCapacity(capacities);
  return capacity === null || requestRate === null
    ? 0
    : Math.min(requestRate / capacity, MOST_OFFERED * servers.active);
}

/**
 * How long after its start a server's CPU is not counted as load, as learned so far; see `estimateDemand` for `stored`.
 */
export function learnedWarmUpMs(stored: unknown): number {
  return warmUpMsOf(warmUpFrom((stored as Partial<DemandModel> | null | undefined)?.warmUp));
}

/** A cluster that is saturated or partly silent teaches nothing about its metrics. */
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
  const stated = observation.totals?.demand ?? null;
  const inUse = load * observation.loaded;
  // A backlog is not what the present servers handle.
  const isBacklog = (workDemand(observation, model.work ?? NO_WORK) ?? 0) > observation.servers.active;
  const work = stated === null || isBacklog ? model.work : withWork(model.work ?? NO_WORK, keep, stated, inUse);
  return {
    version: 1,
    at,
    capacities: withSamples(model.capacities, keep, pastWarmUp(samples), servers),
    memory: memory === null ? model.memory : withLook(model.memory, keep, load, memory.mean / 100),
    ...young,
    ...(work === undefined ? {} : { work }),
  };
}

/**
 * Servers needed for a request rate offered to the whole cluster, by the learned capacity.
 *
 * @param stored what was learned, as returned in `learned`
 * @returns `null` while no capacity is known
 */
export function serversForRate(requestRate: number, stored: unknown, at: number): number | null {
  const capacity = averageCapacity(restore(stored, at).capacities);
  return capacity === null ? null : requestRate / capacity;
}

/**
 * Servers needed for the work that the source states, by the stated or learned capacity.
 *
 * @param stored what was learned, as returned in `learned`
 * @returns `null` while no capacity is known
 */
export function serversForWork(totals: Totals, stored: unknown, at: number): number | null {
  return workDemand({ totals }, restore(stored, at).work ?? NO_WORK);
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
  const work = workFrom(rest.work);
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
    ...(work === undefined ? {} : { work }),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
