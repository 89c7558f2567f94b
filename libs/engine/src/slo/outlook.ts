import { ceilCount } from '../baselines/seen.js';
import { BIN_EDGES, BIN_MIDDLES, BINS } from './bins.js';
import { demandOfExp } from './log.js';

/** Upper limit of planned demand: counts are stored in two bytes. */
export const MOST_DEMAND = 20_000;

/** Demand and servers at the bins of a distribution; several distributions may share one scale. */
export class Scale {
  /** Demand at the middle and at the upper edge of each bin. */
  readonly middles = new Float64Array(BINS);
  readonly edges = new Float64Array(BINS);
  /** Servers needed for demand at a bin's upper edge, at the promised utilization. */
  readonly servers = new Float64Array(BINS);
  /** Ratios of bins to the center, recomputed only when the spread changes. */
  private readonly middleRatios = new Float64Array(BINS);
  private readonly edgeRatios = new Float64Array(BINS);
  private spread = Number.NaN;

  constructor(readonly maxUtilization: number) {}

  /**
   * @param centre logarithm of the forecast's center
   * @param spread in log ratio
   */
  set(centre: number, spread: number): void {
    if (spread !== this.spread) this.stretch(spread);
    const level = Math.exp(centre);
    for (let bin = 0; bin < BINS; bin++) {
      const edge = demandOf(level * this.edgeRatios[bin]!);
      this.middles[bin] = demandOf(level * this.middleRatios[bin]!);
      this.edges[bin] = edge;
      this.servers[bin] = Math.max(1, ceilCount(edge / this.maxUtilization));
    }
  }

  private stretch(spread: number): void {
    this.spread = spread;
    for (let bin = 0; bin < BINS; bin++) {
      this.middleRatios[bin] = Math.exp(spread * BIN_MIDDLES[bin]!);
      this.edgeRatios[bin] = Math.exp(spread * BIN_EDGES[bin]!);
    }
  }
}

function demandOf(exponential: number): number {
  return Math.min(MOST_DEMAND, demandOfExp(exponential));
}

/** A predictive distribution of demand. */
export class Outlook {
  readonly shape = new Float64Array(BINS);
  /** Tail sums from a bin upwards: probability, and expected requests (server-steps). */
  private readonly chance = new Float64Array(BINS + 1);
  private readonly requests = new Float64Array(BINS + 1);
  /**
   * Candidate counts, without duplicates, with their expected slow or failed requests; the first `allowed` are within
   * the limit.
   */
  private readonly counts = new Float64Array(BINS);
  private readonly unserved = new Float64Array(BINS);
  private choices = 0;
  private allowed = 0;
  /** Upper limit of planned demand; probability above it is an error of the model. */
  private most = MOST_DEMAND;

  constructor(private readonly scale: Scale) {}

  /**
   * Updates the distribution from shape and scale.
   * @param most upper limit of planned demand, servers' worth
   */
  set(most: number): void {
    this.most = most;
    const { scale, chance, requests, shape } = this;
    const { middles } = scale;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      const share = shape[bin]!;
      chance[bin] = chance[bin + 1]! + share;
      requests[bin] = requests[bin + 1]! + share * middles[bin]!;
    }
    // Counts below the median are no candidates: at a low price the cheapest would be to serve nothing.
    let bin = 0;
    while (bin < BINS - 1 && chance[bin + 1]! > 0.5) bin++;
    this.choices = 0;
    for (; bin < BINS; bin++) {
      const count = scale.servers[bin]!;
      if (bin + 1 < BINS && scale.servers[bin + 1] === count) continue;
      this.counts[this.choices] = count;
      this.unserved[this.choices++] = requests[bin + 1]!;
    }
    const mostServers = this.mostServers();
    this.allowed = 0;
    while (this.allowed < this.choices && this.counts[this.allowed]! <= mostServers) this.allowed++;
  }

  /**
   * The count with the least cost plus price times expected slow or failed requests. Expensive peaks with few requests
   * stay uncovered, cheap ones are covered, which spends the error budget where it saves most. Limited by the upper
   * limit of planned demand.
   *
   * @param price of a slow or failed request (server-step), in servers
   */
  cheapest(price: number): number {
    if (this.allowed === 0) return this.mostServers();
    return this.counts[this.cheapestOf(this.allowed, price)]!;
  }

  /** Whether a count above the limit would be the cheapest. */
  isBeyondBound(price: number): boolean {
    return this.allowed < this.choices && this.cheapestOf(this.choices, price) >= this.allowed;
  }

  /** Index of the cheapest of the first `choices` counts. */
  private cheapestOf(choices: number, price: number): number {
    const { counts, unserved } = this;
    let best = Number.POSITIVE_INFINITY;
    let cheapest = 0;
    for (let choice = 0; choice < choices; choice++) {
      const cost = counts[choice]! + price * unserved[choice]!;
      if (cost < best) {
        best = cost;
        cheapest = choice;
      }
    }
    return cheapest;
  }

  private mostServers(): number {
    return Math.max(1, ceilCount(this.most / this.scale.maxUtilization));
  }

  /** Cost plus price times expected slow or failed requests for a count. */
  costOf(count: number, price: number): number {
    return count + price * this.expectedBad(count);
  }

  /** Demand that is not exceeded with probability `level`, at most the upper limit. */
  quantile(level: number): number {
    const above = 1 - level;
    let bin = BINS - 1;
    while (bin > 0 && this.chance[bin]! < above) bin--;
    const chance = this.chance[bin]! - this.chance[bin + 1]!;
    const { edges } = this.scale;
    const lower = bin > 0 ? edges[bin - 1]! : 0;
    const share = chance > 0 ? Math.min(1, (this.chance[bin]! - above) / chance) : 1;
    return Math.min(this.most, lower + (edges[bin]! - lower) * share);
  }

  /** Probability that this many servers can serve demand. */
  levelOf(count: number): number {
    const { edges, maxUtilization } = this.scale;
    const demand = count * maxUtilization;
    let bin = 0;
    while (bin < BINS && edges[bin]! <= demand) bin++;
    return bin === BINS ? 1 : 1 - this.interpolate(this.chance, bin, demand);
  }

  private expectedBad(count: number): number {
    const { edges, maxUtilization } = this.scale;
    const demand = count * maxUtilization;
    // Edges rise: binary search.
    let low = 0;
    let high = BINS;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle]! <= demand) low = middle + 1;
      else high = middle;
    }
    return low === BINS ? 0 : this.interpolate(this.requests, low, demand);
  }

  private interpolate(tail: Float64Array, bin: number, demand: number): number {
    const { edges } = this.scale;
    const lower = bin > 0 ? edges[bin - 1]! : 0;
    const width = edges[bin]! - lower;
    const share = width > 0 ? Math.min(1, Math.max(0, (demand - lower) / width)) : 1;
    return tail[bin]! + (tail[bin + 1]! - tail[bin]!) * share;
  }
}
