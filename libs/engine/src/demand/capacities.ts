import type { Sample, Server } from '../types.js';

/**
 * What the servers of a cluster carry: requests per second at 100 % CPU, of the average one, and how much more or less the unequal
 * ones do. Plain JSON.
 */
export interface Capacities {
  /** Decayed sums of request rate times CPU share, and of CPU share squared: their ratio is the average capacity. */
  readonly rateCpu: number;
  readonly cpuCpu: number;
  /** Of each server that reports: how many looks, and the mean logarithm of its capacity over the average. */
  readonly servers: Readonly<Record<string, readonly [looks: number, logRatio: number]>>;
}

export const NO_CAPACITIES: Capacities = { rateCpu: 0, cpuCpu: 0, servers: {} };

/** In larger clusters no single server matters, and remembering each would be dear. */
const MOST_SERVERS = 100;
/** CPU outside of these tells nothing of capacity: too little to divide by, or refusing work. */
const LEAST_CPU = 0.05;
const MOST_CPU = 0.95;
/** Looks that a server's ratio is averaged over. */
const MEMORY_LOOKS = 200;
/** A server is unequal once this many looks say that it differs by at least this. */
const ENOUGH_LOOKS = 30;
const UNEQUAL = Math.log(1.15);
/** Sums of CPU squared from which on the average capacity is known: some minutes of a cluster at half load. */
const ENOUGH_CPU = 5;

/**
 * @param keep share of what was known that still counts
 * @param present those that are there; what is known of one that is silent for a while is kept
 */
export function withSamples(
  known: Capacities,
  keep: number,
  samples: readonly Sample[],
  present: readonly Server[],
): Capacities {
  const telling = samples.filter(({ cpu, requestRate }) => isTelling(cpu / 100) && requestRate > 0);
  let { rateCpu, cpuCpu } = known;
  rateCpu *= keep;
  cpuCpu *= keep;
  let rate = 0;
  let cpu = 0;
  for (const sample of telling) {
    const share = sample.cpu / 100;
    rate += sample.requestRate;
    cpu += share;
    rateCpu += sample.requestRate * share;
    cpuCpu += share * share;
  }
  if (present.length > MOST_SERVERS) return { rateCpu, cpuCpu, servers: {} };
  // Servers are compared with each other: one alone is the average, and those that are idle or full would be missing from it.
  if (telling.length < Math.max(2, samples.length)) return { rateCpu, cpuCpu, servers: known.servers };
  const servers: Record<string, readonly [number, number]> = {};
  for (const { id } of present) {
    const before = known.servers[id];
    if (before !== undefined) servers[id] = before;
  }
  const average = Math.log(rate / cpu);
  for (const { serverId, requestRate, cpu: percent } of telling) {
    const [looks, mean] = known.servers[serverId] ?? [0, 0];
    const ratio = Math.log((100 * requestRate) / percent) - average;
    const next = mean + (ratio - mean) / Math.min(looks + 1, MEMORY_LOOKS);
    servers[serverId] = [Math.min(looks + 1, MEMORY_LOOKS), Math.round(next * 1000) / 1000];
  }
  return { rateCpu, cpuCpu, servers };
}

/** Requests per second of the average server at 100 % CPU; `null` until it is known. */
export function averageCapacity({ rateCpu, cpuCpu }: Capacities): number | null {
  return cpuCpu < ENOUGH_CPU || rateCpu <= 0 ? null : rateCpu / cpuCpu;
}

/** What a server carries, in average servers: 1 unless it is known to be unequal. */
export function weightOf({ servers }: Capacities, serverId: string): number {
  const [looks, logRatio] = servers[serverId] ?? [0, 0];
  return looks < ENOUGH_LOOKS || Math.abs(logRatio) < UNEQUAL ? 1 : Math.exp(logRatio);
}

function isTelling(cpu: number): boolean {
  return cpu >= LEAST_CPU && cpu <= MOST_CPU;
}
