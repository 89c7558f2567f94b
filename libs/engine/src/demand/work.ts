import type { Observation, Totals } from '../types.js';

/**
 * Learned capacity for work (`Totals.demand`) per server: decayed sums of demand times load and of load squared, where
 * load is CPU in servers. Plain JSON.
 */
export interface WorkCapacity {
  readonly demandLoad: number;
  readonly loadLoad: number;
}

export const NO_WORK: WorkCapacity = { demandLoad: 0, loadLoad: 0 };

/** Sum of squared load from which the capacity is known: a few minutes of a cluster at half load. */
const ENOUGH_LOAD = 5;
/** Upper limit of servers for work: above it the source or the capacity is wrong. */
const MOST_SERVERS = 20_000;

/**
 * Learns from an observation.
 *
 * @param keep share of the earlier knowledge that still counts
 * @param load servers' worth of CPU in use
 */
export function withWork(known: WorkCapacity, keep: number, demand: number, load: number): WorkCapacity {
  return { demandLoad: known.demandLoad * keep + demand * load, loadLoad: known.loadLoad * keep + load * load };
}

/** Work that one server handles at full load, as stated by the source or learned; `null`: unknown. */
function capacityOf({ capacity }: Totals, { demandLoad, loadLoad }: WorkCapacity): number | null {
  if (capacity !== undefined) return capacity;
  return loadLoad < ENOUGH_LOAD || demandLoad <= 0 ? null : demandLoad / loadLoad;
}

/** Servers' worth of queued and running work; `null`: the source states none, or the capacity is unknown. */
export function workDemand({ totals }: Pick<Observation, 'totals'>, known: WorkCapacity): number | null {
  const demand = totals?.demand ?? null;
  if (totals === null || demand === null) return null;
  // Without work no server is needed, even if the capacity is unknown.
  if (demand === 0) return 0;
  const capacity = capacityOf(totals, known);
  return capacity === null ? null : Math.min(demand / capacity, MOST_SERVERS);
}

/** Read from JSON; `undefined` if it is invalid. */
export function workFrom(value: unknown): WorkCapacity | undefined {
  const { demandLoad, loadLoad } = (value ?? {}) as Partial<WorkCapacity>;
  return Number.isFinite(demandLoad) && Number.isFinite(loadLoad) ? (value as WorkCapacity) : undefined;
}
