export const BINS = 84;
const CENTRE = 30;
const BINS_PER_UNIT = 7;
const FINEST = 0.15;

/** Middle and upper edge of each bin, in spreads: equal widths near 0, equal ratios in the tails (asinh). */
export const BIN_MIDDLES = Float64Array.from({ length: BINS }, (_, bin) => edge(bin + 0.5));
export const BIN_EDGES = Float64Array.from({ length: BINS }, (_, bin) => edge(bin + 1));

function edge(bin: number): number {
  return FINEST * Math.sinh((bin - CENTRE) / BINS_PER_UNIT);
}

/** @param z residual in spreads */
export function binOf(z: number): number {
  return Math.max(0, Math.min(BINS - 1, Math.floor(Math.asinh(z / FINEST) * BINS_PER_UNIT + CENTRE)));
}

/**
 * `binOf` for many residuals, without a logarithm for each.
 *
 * @param residuals rising, log ratio
 * @param spread log ratio
 * @param bins as long as `residuals`
 */
export function fillBins(residuals: Float64Array, spread: number, bins: Uint8Array): void {
  let bin = 0;
  for (let index = 0; index < residuals.length; index++) {
    while (bin < BINS - 1 && residuals[index]! >= BIN_EDGES[bin]! * spread) bin++;
    bins[index] = bin;
  }
}
