/**
 * How memory goes with load, as a line through what was seen: a floor that no number of servers would lower (the operating system,
 * caches, the code), and what a server's load adds to it. Plain JSON: decayed sums of a least-squares fit.
 */
export interface MemoryLine {
  /** Weights: how many looks, of late, the sums stand for. */
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
 * What is believed before there is evidence: that memory comes from load. Ridge penalties of floor and slope, as the square of the
 * noise of a reading (0.03) over the prior's width (0.5 and 10).
 */
const FLOOR_PENALTY = (0.03 / 0.5) ** 2;
const SLOPE_PENALTY = (0.03 / 10) ** 2;
/** A slope below this is none: servers do not lower what does not come from load. */
const LEAST_SLOPE = 0.1;
/** From here on the floor leaves no room for load that could be told from noise. */
const HIGHEST_FLOOR = 0.9;

/** What was learned counts half after so long: a release may change both within a day. */
const HALF_LIFE_MS = 6 * 3_600_000;
/** Looks that the sums may stand for; the rest is forgotten however fast looks come. */
const MOST_LOOKS = 5000;

/** The share of what was learned that still counts when the next look comes `elapsedMs` (> 0) later. */
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
  /** Share of memory in use without load, 0 to 1. */
  readonly floor: number;
  /** What one server's worth of CPU load adds, share of memory. */
  readonly slope: number;
  /** Standard deviation of memory around the line. */
  readonly spread: number;
}

/** The ridge regression of memory on load. */
export function fitOf({ looks, load, memory, loadLoad, loadMemory, memoryMemory }: MemoryLine): MemoryFit {
  const a = looks + FLOOR_PENALTY;
  const d = loadLoad + SLOPE_PENALTY;
  const determinant = a * d - load * load;
  const floor = Math.min(1, Math.max(0, (memory * d - load * loadMemory) / determinant));
  // With the floor held within its bounds the best slope is the one through it.
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
 * The share of its memory, above the floor, that a server's load takes: 1 where memory is full. Readings off the line by less than
 * twice their spread are noise; what is higher than that counts.
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

/** A line read back from JSON; that of nothing where it is none. */
export function lineFrom(value: unknown): MemoryLine {
  const { looks, load, memory, loadLoad, loadMemory, memoryMemory } = (value ?? {}) as Partial<MemoryLine>;
  const line = { looks, load, memory, loadLoad, loadMemory, memoryMemory };
  return Object.values(line).every(Number.isFinite) ? (line as MemoryLine) : NO_LINE;
}
