/**
 * Memory as a linear function of load: a floor that does not depend on the number of servers (operating system, caches,
 * code), and a slope per server load. Plain JSON: decayed sums of a least-squares fit.
 */
export interface MemoryLine {
  /** Effective number of observations in the sums. */
  readonly looks: number;
  /** Sums of load (share of a server's CPU), memory (share), and their products. */
  readonly load: number;
  readonly memory: number;
  readonly loadLoad: number;
  readonly loadMemory: number;
  readonly memoryMemory: number;
}

export const NO_LINE: MemoryLine = { looks: 0, load: 0, memory: 0, loadLoad: 0, loadMemory: 0, memoryMemory: 0 };

/**
 * The prior, before there is evidence: memory comes from load. Ridge penalties of floor and slope: the square of a
 * reading's noise (0.03) over the prior's width (0.5 and 10).
 */
const FLOOR_PENALTY = (0.03 / 0.5) ** 2;
const SLOPE_PENALTY = (0.03 / 10) ** 2;
/** A smaller slope counts as none: adding servers does not lower memory that load does not cause. */
const LEAST_SLOPE = 0.1;
/** Above this floor, load cannot be separated from noise. */
const HIGHEST_FLOOR = 0.9;

/** Half-life of the sums: a release may change both parameters within a day. */
const HALF_LIFE_MS = 6 * 3_600_000;
/** Upper limit of the effective number of observations, however short the interval. */
const MOST_LOOKS = 5000;

/** Share of the sums that still counts at the next observation, `elapsedMs` (> 0) later. */
export function keptAfter(elapsedMs: number): number {
  return Math.min(0.5 ** (elapsedMs / HALF_LIFE_MS), 1 - 1 / MOST_LOOKS);
}

export function withLook(line: MemoryLine, keep: number, load: number, memory: number): MemoryLine {
  return {
    looks: line.looks * keep + 1,
    load: line.load * keep + load,
    memory: line.memory * keep + memory,
    loadLoad: line.loadLoad * keep + load * load,
    loadMemory: line.loadMemory * keep + load * memory,
    memoryMemory: line.memoryMemory * keep + memory * memory,
  };
}

export interface MemoryFit {
  /** Share of memory used without load, 0 to 1. */
  readonly floor: number;
  /** Additional share of memory per server's worth of CPU load. */
  readonly slope: number;
  /** Standard deviation of memory around the line. */
  readonly spread: number;
}

/** Ridge regression of memory on load. */
export function fitOf({ looks, load, memory, loadLoad, loadMemory, memoryMemory }: MemoryLine): MemoryFit {
  const a = looks + FLOOR_PENALTY;
  const d = loadLoad + SLOPE_PENALTY;
  const determinant = a * d - load * load;
  const floor = Math.min(1, Math.max(0, (memory * d - load * loadMemory) / determinant));
  // If the floor is at its limit, the best slope is the one through it.
  const slope = (loadMemory - floor * load) / d;
  const residual =
    memoryMemory -
    2 * floor * memory -
    2 * slope * loadMemory +
    floor * floor * looks +
    2 * floor * slope * load +
    slope * slope * loadLoad;
  return { floor, slope, spread: Math.sqrt(Math.max(0, residual) / Math.max(1, looks)) };
}

/**
 * The share of memory above the floor that load takes: 1 when memory is full. Deviations below twice the spread are
 * noise; anything above counts as load.
 *
 * @param load share of a server's CPU
 * @param memory share of memory in use
 */
export function memoryLoad({ floor, slope, spread }: MemoryFit, load: number, memory: number): number {
  if (slope < LEAST_SLOPE || floor >= HIGHEST_FLOOR) return 0;
  const expected = floor + slope * load;
  const counted = expected + Math.max(0, memory - expected - 2 * spread);
  return Math.max(0, (Math.min(1, counted) - floor) / (1 - floor));
}

/** A line read from JSON; an empty one if it is invalid. */
export function lineFrom(value: unknown): MemoryLine {
  const { looks, load, memory, loadLoad, loadMemory, memoryMemory } = (value ?? {}) as Partial<MemoryLine>;
  const line = { looks, load, memory, loadLoad, loadMemory, memoryMemory };
  return Object.values(line).every(Number.isFinite) ? (line as MemoryLine) : NO_LINE;
}
