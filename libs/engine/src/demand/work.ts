import type { Observation, Totals } from '../types.js';

/**
 * What is learned of how much work (`Totals.demand`) one server handles: decayed sums of demand times load and of load
 * squared, load being CPU in servers. Plain JSON.
 */
export interface WorkCapacity {
  readonly demandLoad: number;
  readonly loadLoad: number;
}

export const NO_WORK: WorkCapacity = { demandLoad: 0, loadLoad: 0 };

/** Sum of squared load from which the capacity is known: some minutes of a cluster at half load. */
const ENOUGH_LOAD = 5;
/** No more servers than this are made of work: beyond it the source or the capacity is wrong. */
const MOST_SERVERS = 20_000;

/**
 * Takes in the work of an observation.
 *
 * @param keep share of what was known that still counts
 * @param load servers' worth of CPU in use
 */
export function withWork(known: WorkCapacity, keep: number, demand: number, load: number): WorkCapacity {
  return { demandLoad: known.demandLoad * keep + demand * load, loadLoad: known.loadLoad * keep + load * load };
}

/** Work that one server handles at full load: as the source states it, or as learned; `null`: not known. */
function capacityOf({ capacity }: Totals, { demandLoad, loadLoad }: WorkCapacity): number | null {
  if (capacity !== undefined) return capacity;
  return loadLoad < ENOUGH_LOAD || demandLoad <= 0 ? null : demandLoad / loadLoad;
}

/** Servers' worth of the work that waits or is under way; `null`: the source states none, or capacity is not known. */
export function workDemand({ totals }: Pick<Observation, 'totals'>, known: WorkCapacity): number | null {
  const demand = totals?.demand ?? null;
  if (totals === null || demand === null) return null;
  // No work needs no server, whatever one can do.
  if (demand === 0) return 0;
  const capacity = capacityOf(totals, known);
  return capacity === null ? null : Math.min(demand / capacity, MOST_SERVERS);
}

/** Read back from JSON; `undefined` if it is not one of ours. */
export function workFrom(value: unknown): WorkCapacity | undefined {
  const { demandLoad, loadLoad } = (value ?? {}) as Partial<WorkCapacity>;
  return Number.isFinite(demandLoad) && Number.isFinite(loadLoad) ? (value as WorkCapacity) : undefined;
}
