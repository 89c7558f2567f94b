import { demandOf, noiseFor, type Trace } from '#world';

/** The HPA's interval, and the resolution of metrics-server: both act every 15 seconds by default. */
export const TICK_SECONDS = 15;
const TICK_MS = TICK_SECONDS * 1000;
export const PEAK_SERVERS = 40;
/** The last of them is scored, the others are the history. */
export const DAYS = 14;
const DAY_MS = 86_400_000;
const NOISE = 0.02;

/** The demand of a trace over two weeks, shifted by whole weeks into the future of a clock, and its measurement noise. */
export class Load {
  private constructor(
    readonly trace: string,
    readonly seed: number,
    /** Start of the first tick, milliseconds since the epoch. */
    readonly startAt: number,
    /** Demand by tick of 15 s, servers. */
    readonly demand: Float64Array,
    /** Measurement error by tick, a share. */
    readonly noise: Float64Array,
  ) {}

  /**
   * @param notBefore the scored day begins at this time or up to a week later: day of the week and time of day stay
   * @throws Error if the trace is shorter than two weeks
   */
  static of(trace: Trace, seed: number, notBefore: number): Load {
    const demand = demandOf(trace, { tickSeconds: TICK_SECONDS, peakServers: PEAK_SERVERS, days: DAYS });
    if (demand.length < (DAYS * DAY_MS) / TICK_MS) throw new Error(`${trace.name} is shorter than ${DAYS} days`);
    const scored = trace.times[0]! + (DAYS - 1) * DAY_MS;
    const weeks = Math.ceil((notBefore - scored) / (7 * DAY_MS));
    const startAt = trace.times[0]! + weeks * 7 * DAY_MS;
    return new Load(trace.name, seed, startAt, demand, noiseFor(demand.length, NOISE, seed));
  }

  /** When the scored day begins. */
  get scoredAt(): number {
    return this.startAt + (DAYS - 1) * DAY_MS;
  }

  /** The tick of a time; the first and the last one go on before and after the trace. */
  tickAt(at: number): number {
    return Math.min(this.demand.length - 1, Math.max(0, Math.floor((at - this.startAt) / TICK_MS)));
  }

  /** Servers' worth of work. */
  demandAt(at: number): number {
    return this.demand[this.tickAt(at)]!;
  }

  /** What is measured of one of `active` servers, share of its capacity. */
  usageAt(at: number, active: number): number {
    const tick = this.tickAt(at);
    return Math.min(1, Math.min(1, this.demand[tick]! / active) * (1 + this.noise[tick]!));
  }

  /** The count that a run starts with, as in the world of backtests. */
  initialServers(at: number): number {
    return Math.max(1, Math.ceil(this.demandAt(at) / 0.6 - 1e-9));
  }

  /**
   * Demand by minute from the start of the trace on, in the last tick of each, as the service sees it. It would learn other
   * slopes from means, and plan too much where the slope of a trace changes.
   */
  minutes(): Float64Array {
    const each = 60 / TICK_SECONDS;
    return this.demand.filter((_, tick) => tick % each === each - 1);
  }
}
