import { logOf } from './log.js';
import type { Memory, Remembering } from './memory.js';

const CODES_PER_LOG = 3000;
const SMALLEST = 1e-3;
const DAYS = 7;
/** Margin beyond a week, for values around the same time last week. */
const MARGIN_HOURS = 2;
/** The week before the last is stored as the highest of each period of this length. */
const COARSE_MINUTES = 5;
/** Both weeks are also stored as the highest of each block, for the overall maximum. */
const BLOCK_HOURS = 3;
const BLOCKS = (14 * 24) / BLOCK_HOURS;

/**
 * Demand by step over the last week in two bytes per step: the logarithm in units of 1/3000 (an error below 0.02 %, a
 * hundredth of the noise of any metric), from 0.001 to 3 million servers. The week before: the highest of each five
 * minutes.
 */
export class History implements Remembering {
  private readonly codes: Uint16Array;
  private readonly coarse: Uint16Array;
  private readonly coarseSteps: number;
  private readonly blocks = new Uint16Array(BLOCKS);
  private readonly blockSteps: number;
  private readonly counters = new Float64Array(1);
  readonly stepsPerDay: number;

  constructor(stepSeconds: number) {
    this.stepsPerDay = Math.round(86_400 / stepSeconds);
    this.codes = new Uint16Array(
      DAYS * this.stepsPerDay + Math.max(64, Math.ceil((this.stepsPerDay * MARGIN_HOURS) / 24)),
    );
    this.coarseSteps = Math.max(1, Math.round((this.stepsPerDay * COARSE_MINUTES) / 1440));
    this.coarse = new Uint16Array(Math.ceil(this.codes.length / this.coarseSteps));
    this.blockSteps = Math.max(1, Math.round((this.stepsPerDay * BLOCK_HOURS) / 24));
  }

  memory(): readonly Memory[] {
    return [this.codes, this.coarse, this.blocks, this.counters];
  }

  /** Steps seen so far. */
  get length(): number {
    return this.counters[0]!;
  }

  /** Steps that are stored. */
  get capacity(): number {
    return this.codes.length;
  }

  push(demand: number): void {
    const code = demand <= SMALLEST ? 0 : Math.min(65_535, Math.round(Math.log(demand / SMALLEST) * CODES_PER_LOG));
    const { codes, length } = this;
    const slot = length % codes.length;
    if (length >= codes.length) this.coarsen(length - codes.length, codes[slot]!);
    codes[slot] = code;
    const block = Math.floor(length / this.blockSteps) % BLOCKS;
    this.blocks[block] = length % this.blockSteps === 0 ? code : Math.max(this.blocks[block]!, code);
    this.counters[0] = length + 1;
  }

  /** Moves a step out of the last week. */
  private coarsen(step: number, code: number): void {
    const { coarse, coarseSteps } = this;
    const slot = Math.floor(step / coarseSteps) % coarse.length;
    coarse[slot] = step % coarseSteps === 0 ? code : Math.max(coarse[slot]!, code);
  }

  /**
   * The highest of `count` steps of the week before the last, the newest `from` steps ago, rounded to five minutes.
   * @returns `null` if not stored
   */
  highestBefore(from: number, count: number): number | null {
    const { codes, coarse, coarseSteps, length } = this;
    const newest = length - 1 - from;
    const oldest = newest - count + 1;
    const first = Math.max(0, length - codes.length - coarse.length * coarseSteps + coarseSteps);
    if (oldest < first || newest >= length - codes.length) return null;
    let code = 0;
    for (let block = Math.floor(oldest / coarseSteps); block <= Math.floor(newest / coarseSteps); block++) {
      code = Math.max(code, coarse[block % coarse.length]!);
    }
    return valueOf(code);
  }

  /** The highest demand of two weeks; the oldest hours may be missing. */
  highestKnown(): number {
    let code = 0;
    for (const block of this.blocks) if (block > code) code = block;
    return valueOf(code);
  }

  /** Demand `steps` ago (0: the newest); 0 before the beginning. */
  back(steps: number): number {
    return valueOf(this.codeBack(steps));
  }

  /** The highest of `count` steps, the newest `from` steps ago. */
  highest(from: number, count: number): number {
    const { codes } = this;
    const oldest = Math.min(from + count, this.length, codes.length);
    let code = 0;
    for (let steps = Math.max(0, from), slot = this.slot(steps); steps < oldest; steps++) {
      if (codes[slot]! > code) code = codes[slot]!;
      slot = slot === 0 ? codes.length - 1 : slot - 1;
    }
    return valueOf(code);
  }

  /** The mean of `count` steps, the newest `from` steps ago. */
  mean(from: number, count: number): number {
    let sum = 0;
    for (let steps = from; steps < from + count; steps++) sum += this.back(steps);
    return sum / count;
  }

  /** Logarithm (`logOf`) of demand `steps` ago. */
  logBack(steps: number): number {
    return LOGS[this.codeBack(steps)]!;
  }

  /** Index in the ring buffer of the step `steps` ago, within `capacity`, for callers that keep parallel arrays. */
  slot(steps: number): number {
    // `| 0` makes integers: `%` on doubles is slow.
    const slot = (((this.length - 1) | 0) % (this.codes.length | 0)) - steps;
    return slot < 0 ? slot + this.codes.length : slot;
  }

  /** Logarithm (`logOf`) of demand at an index of the ring buffer. */
  logAt(slot: number): number {
    return LOGS[this.codes[slot]!]!;
  }

  private codeBack(steps: number): number {
    return steps < 0 || steps >= this.length || steps >= this.codes.length ? 0 : this.codes[this.slot(steps)]!;
  }
}

const LOGS = Float32Array.from({ length: 65_536 }, (_, code) => logOf(valueOf(code)));

function valueOf(code: number): number {
  return code === 0 ? 0 : SMALLEST * Math.exp(code / CODES_PER_LOG);
}
