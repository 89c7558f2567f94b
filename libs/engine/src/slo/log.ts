/**
 * Offset of the logarithm in servers: it keeps ratios to an idle cluster finite. Below one server demand hardly
 * matters.
 */
const OFFSET = 1;

/** Demand (servers) on the log scale of forecasts. */
export function logOf(demand: number): number {
  return Math.log(Math.max(0, demand) + OFFSET);
}

/** The inverse of `logOf`, for an exponential already computed. */
export function demandOfExp(exponential: number): number {
  return Math.max(0, exponential - OFFSET);
}
