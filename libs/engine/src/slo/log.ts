/** Demand below this many servers is all one: one server serves it. It keeps ratios to an idle cluster finite. */
const OFFSET = 1;

/** Demand (servers) on the scale that forecasts are made on. */
export function logOf(demand: number): number {
  return Math.log(Math.max(0, demand) + OFFSET);
}

/** The inverse of `logOf`, of the exponential of the logarithm. */
export function demandOfExp(exponential: number): number {
  return Math.max(0, exponential - OFFSET);
}
