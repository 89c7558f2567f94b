import type { Sample, Server } from '../types.js';
import { utilizationOf } from '../observe.js';

/** CPU beyond what requests explain, by age of server: decayed means, as shares of a server's CPU. Plain JSON. */
export interface WarmUp {
  /** By age bin: effective number of observations. */
  readonly looks: readonly number[];
  readonly excess: readonly number[];
}

/**
 * Assumed warm-up until something was learned: long enough for a runtime to start, and for a source that averages over
 * 30 s.
 */
export const ASSUMED_WARM_UP_MS = 90_000;
const BIN_MS = 15_000;
const BINS = 20;
/** From this age bin on, use beyond requests is normal and not start-up work. */
const SETTLED_FROM = 16;
const ENOUGH_LOOKS = 3;
/** Observations that a mean is averaged over. */
const MEMORY_LOOKS = 50;
/** Excess CPU above this share is start-up work rather than noise. */
const NOTABLE = 0.1;
/** A server near full throughput is busy with requests, which hides start-up work. */
const MOST_SERVED = 0.9;

const NO_WARM_UP: WarmUp = { looks: Array<number>(BINS).fill(0), excess: Array<number>(BINS).fill(0) };

/**
 * Learns the CPU use of young servers.
 *
 * @param capacity requests per second of a server at 100 % CPU; `null`: unknown, nothing is learned
 */
export function withYoung(
  known: WarmUp | undefined,
  samples: readonly Sample[],
  servers: readonly Server[],
  capacity: number | null,
): WarmUp | undefined {
  if (capacity === null) return known;
  const since = new Map<string, number>();
  for (const { id, activeAt } of servers) if (typeof activeAt === 'number') since.set(id, activeAt);
  let next: { readonly looks: number[]; readonly excess: number[] } | null = null;
  for (const sample of samples) {
    const activeAt = since.get(sample.serverId);
    const cpu = utilizationOf(sample);
    const bin = activeAt === undefined ? BINS : Math.floor((sample.at - activeAt) / BIN_MS);
    if (bin < 0 || bin >= BINS || cpu === null || sample.requestRate === null) continue;
    const served = sample.requestRate / capacity;
    if (served > MOST_SERVED) continue;
    next ??= { looks: [...(known ?? NO_WARM_UP).looks], excess: [...(known ?? NO_WARM_UP).excess] };
    const looks = Math.min(next.looks[bin]! + 1, MEMORY_LOOKS);
    const mean = next.excess[bin]!;
    next.looks[bin] = looks;
    next.excess[bin] = Math.round((mean + (cpu / 100 - served - mean) / looks) * 1000) / 1000;
  }
  return next ?? known;
}

/** How long after its start a server's CPU is not counted as load, milliseconds (0 to 300,000). */
export function warmUpMsOf(known: WarmUp | undefined): number {
  if (known === undefined) return ASSUMED_WARM_UP_MS;
  const settled = known.looks.map((looks, bin) => (bin >= SETTLED_FROM ? looks : 0));
  const weight = settled.reduce((sum, looks) => sum + looks, 0);
  const usual =
    weight < ENOUGH_LOOKS ? 0 : settled.reduce((sum, looks, bin) => sum + looks * known.excess[bin]!, 0) / weight;
  let end = 0;
  // Ages without observations are treated like the age before: with ticks a minute apart most bins are empty.
  let isStarting: boolean | null = null;
  for (let bin = 0; bin < BINS; bin++) {
    if (known.looks[bin]! >= ENOUGH_LOOKS) isStarting = known.excess[bin]! - Math.max(0, usual) > NOTABLE;
    if (isStarting ?? bin * BIN_MS < ASSUMED_WARM_UP_MS) end = bin + 1;
  }
  return end * BIN_MS;
}

/** Read from JSON; `undefined` if it is invalid. */
export function warmUpFrom(value: unknown): WarmUp | undefined {
  const { looks, excess } = (value ?? {}) as Partial<Record<keyof WarmUp, unknown>>;
  return isBins(looks) && isBins(excess) ? { looks, excess } : undefined;
}

function isBins(value: unknown): value is number[] {
  return Array.isArray(value) && value.length === BINS && value.every(Number.isFinite);
}
