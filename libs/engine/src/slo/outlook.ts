import { BIN_EDGES, BIN_MIDDLES, BINS } from './bins.js';
import { demandOfLog } from './log.js';

/** Demand beyond this is a fault of the model, not a plan. */
const MOST_DEMAND = 20_000;

/** What is expected of the highest demand until new servers would help, as a distribution. */
export class Outlook {
  readonly shape = new Float64Array(BINS);
  /** Servers that carry demand up to a bin's upper edge at the promised utilisation. */
  private readonly servers = new Float64Array(BINS);
  private readonly edges = new Float64Array(BINS);
  /** Probability, and expected requests (server-steps), of a bin and all above it. */
  private readonly chance = new Float64Array(BINS + 1);
  private readonly requests = new Float64Array(BINS + 1);

  constructor(private readonly maxUtilization: number) {}

  /**
   * @param centre logarithm of the forecast's centre
   * @param spread in log ratio
   */
  set(centre: number, spread: number): void {
    for (let bin = BINS - 1; bin >= 0; bin--) {
      const chance = this.shape[bin]!;
      const middle = Math.min(MOST_DEMAND, demandOfLog(centre + spread * BIN_MIDDLES[bin]!));
      const edge = Math.min(MOST_DEMAND, demandOfLog(centre + spread * BIN_EDGES[bin]!));
      this.edges[bin] = edge;
      this.servers[bin] = Math.max(1, Math.ceil(edge / this.maxUtilization - 1e-9));
      this.chance[bin] = this.chance[bin + 1]! + chance;
      this.requests[bin] = this.requests[bin + 1]! + chance * middle;
    }
  }

  /**
   * The count with the least cost plus price times expected requests served badly: dear peaks of few requests are
   * left uncovered, cheap ones are not, which spends an error budget where it saves most.
   *
   * @param price servers that one badly served request (server-step) is worth
   */
  cheapest(price: number): number {
    let best = Number.POSITIVE_INFINITY;
    let count = 1;
    // Below the middle it is cheapest to serve nobody where the price is low.
    let first = 0;
    while (first < BINS - 1 && this.chance[first + 1]! > 0.5) first++;
    for (let bin = first; bin < BINS; bin++) {
      const cost = this.servers[bin]! + price * this.requests[bin + 1]!;
      if (cost < best) {
        best = cost;
        count = this.servers[bin]!;
      }
    }
    return count;
  }

  /** Cost plus price times expected requests served badly, for so many servers. */
  costOf(count: number, price: number): number {
    return count + price * this.expectedBad(count);
  }

  /** Demand that is not exceeded with probability `level`. */
  quantile(level: number): number {
    const above = 1 - level;
    let bin = BINS - 1;
    while (bin > 0 && this.chance[bin]! < above) bin--;
    const chance = this.chance[bin]! - this.chance[bin + 1]!;
    const lower = bin > 0 ? this.edges[bin - 1]! : 0;
    const share = chance > 0 ? Math.min(1, (this.chance[bin]! - above) / chance) : 1;
    return lower + (this.edges[bin]! - lower) * share;
  }

  /** Probability that demand stays within what so many servers carry. */
  levelOf(count: number): number {
    const demand = count * this.maxUtilization;
    let bin = 0;
    while (bin < BINS && this.edges[bin]! <= demand) bin++;
    return bin === BINS ? 1 : 1 - this.interpolate(this.chance, bin, demand);
  }

  private expectedBad(count: number): number {
    const demand = count * this.maxUtilization;
    // The edges rise, so the bin is found by halving.
    let low = 0;
    let high = BINS;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.edges[middle]! <= demand) low = middle + 1;
      else high = middle;
    }
    return low === BINS ? 0 : this.interpolate(this.requests, low, demand);
  }

  private interpolate(tail: Float64Array, bin: number, demand: number): number {
    const lower = bin > 0 ? this.edges[bin - 1]! : 0;
    const width = this.edges[bin]! - lower;
    const share = width > 0 ? Math.min(1, Math.max(0, (demand - lower) / width)) : 1;
    return tail[bin]! + (tail[bin + 1]! - tail[bin]!) * share;
  }
}
