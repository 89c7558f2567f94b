import type { Sample, Server } from '../types.js';

/** Number of observations, and the mean logarithm of a server's capacity relative to the average. */
type Ratio = readonly [looks: number, logRatio: number];

/**
 * Capacity of a cluster's servers: requests per second of the average server at 100 % CPU, and the ratios of unequal
 * servers.
 */
export interface Capacities {
  /** Decayed sums of request rate times CPU share, and of CPU share squared; their ratio is the average capacity. */
  readonly rateCpu: number;
  readonly cpuCpu: number;
  readonly servers: ServerRatios;
}

/** Ratios of single servers. Their JSON, which every tick writes, contains only the few unequal ones. */
export class ServerRatios {
  constructor(private readonly ratios: ReadonlyMap<string, Ratio>) {}

  static from(json: unknown): ServerRatios {
    const entries = typeof json === 'object' && json !== null ? Object.entries(json) : [];
    return new ServerRatios(new Map(entries.filter((entry): entry is [string, Ratio] => isRatio(entry[1]))));
  }

  get(serverId: string): Ratio | undefined {
    return this.ratios.get(serverId);
  }

  toJSON(): Readonly<Record<string, Ratio>> {
    return Object.fromEntries([...this.ratios].filter(([, ratio]) => isUnequal(ratio)));
  }
}

/** In larger clusters no single server matters, and storing each would be expensive. */
const MOST_SERVERS = 100;
/** CPU outside this range says nothing about capacity: too small a divisor, or saturated. */
const LEAST_CPU = 0.05;
const MOST_CPU = 0.95;
/** Observations that a server's ratio is averaged over. */
const MEMORY_LOOKS = 200;
/** A server is unequal after this many observations with a difference of at least this much. */
const ENOUGH_LOOKS = 30;
const UNEQUAL = Math.log(1.15);
/** Sum of squared CPU from which the average capacity is known: a few minutes of a cluster at half load. */
const ENOUGH_CPU = 5;

const NO_SERVERS = new ServerRatios(new Map());
export const NO_CAPACITIES: Capacities = { rateCpu: 0, cpuCpu: 0, servers: NO_SERVERS };

/**
 * @param keep share of the earlier knowledge that still counts
 * @param present servers that exist; the ratio of a temporarily silent one is kept
 */
export function withSamples(
  known: Capacities,
  keep: number,
  samples: readonly Sample[],
  present: readonly Server[],
): Capacities {
  const telling = samples.filter(isTelling);
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
  if (present.length > MOST_SERVERS) return { rateCpu, cpuCpu, servers: NO_SERVERS };
  // Servers are compared with each other: a single server is the average, and idle or full ones would be missing from
  // it.
  if (telling.length < Math.max(2, samples.length)) return { rateCpu, cpuCpu, servers: known.servers };
  const servers = new Map<string, Ratio>();
  for (const { id } of present) {
    const before = known.servers.get(id);
    if (before !== undefined) servers.set(id, before);
  }
  const average = Math.log(rate / cpu);
  for (const { serverId, requestRate, cpu: percent } of telling) {
    const [looks, mean] = known.servers.get(serverId) ?? [0, 0];
    const ratio = Math.log((100 * requestRate) / percent) - average;
    const next = mean + (ratio - mean) / Math.min(looks + 1, MEMORY_LOOKS);
    servers.set(serverId, [Math.min(looks + 1, MEMORY_LOOKS), Math.round(next * 1000) / 1000]);
  }
  return { rateCpu, cpuCpu, servers: new ServerRatios(servers) };
}

/** Requests per second of the average server at 100 % CPU; `null` until known. */
export function averageCapacity({ rateCpu, cpuCpu }: Capacities): number | null {
  return cpuCpu < ENOUGH_CPU || rateCpu <= 0 ? null : rateCpu / cpuCpu;
}

/** Capacity of a server in average servers; 1 unless it is known to be unequal. */
export function weightOf({ servers }: Capacities, serverId: string): number {
  const ratio = servers.get(serverId);
  return ratio !== undefined && isUnequal(ratio) ? Math.exp(ratio[1]) : 1;
}

function isUnequal([looks, logRatio]: Ratio): boolean {
  return looks >= ENOUGH_LOOKS && Math.abs(logRatio) >= UNEQUAL;
}

function isRatio(value: unknown): value is Ratio {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
}

type Telling = Sample & { readonly cpu: number; readonly requestRate: number };

function isTelling(sample: Sample): sample is Telling {
  const { cpu, requestRate } = sample;
  return cpu !== null && cpu >= 100 * LEAST_CPU && cpu <= 100 * MOST_CPU && requestRate !== null && requestRate > 0;
}
