import { ceilCount } from '../baselines/seen.js';
import { TUNING } from './constants.js';
import type { History } from './history.js';
import type { Memory, Remembering } from './memory.js';
import type { Prospect } from './prospect.js';

export type Family = 'forecast' | 'trailing' | 'hpa';

export interface Expert {
  readonly family: Family;
  /** Experts of a line differ only in their knob, ordered from cheap to cautious. */
  readonly line: number;
  readonly knob: number;
  readonly minutes: number;
  readonly name: string;
}

const PRICES = Array.from({ length: 13 }, (_, index) => 2 ** (index - 3));
/** Number of forecast models; each is a line of experts. */
const MODELS = 3;
const TRAILING_MINUTES = [5, 15, 30, 60, 120];
const HEADROOMS = [0, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3];
const HPA_TARGETS = [
  0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.175, 0.15, 0.125, 0.1, 0.075, 0.05,
];

/** All policies that are replayed in shadow. */
export const EXPERTS: readonly Expert[] = [
  ...['forecast', 'forecast by analogues', 'forecast by tops'].flatMap((model, line) =>
    PRICES.map((knob): Expert => ({ family: 'forecast', line, knob, minutes: 0, name: `${model} at price ${knob}` })),
  ),
  ...TRAILING_MINUTES.flatMap((minutes, index) =>
    HEADROOMS.map((knob): Expert => ({
      family: 'trailing',
      line: MODELS + index,
      knob,
      minutes,
      name: `highest of ${minutes} min + ${Math.round(knob * 100)} %`,
    })),
  ),
  ...HPA_TARGETS.map((knob): Expert => ({
    family: 'hpa',
    line: MODELS + TRAILING_MINUTES.length,
    knob,
    minutes: 0,
    name: `HPA at ${Math.round(knob * 1000) / 10} %`,
  })),
];

/** Input of all experts in a step; demand in servers' worth of work. */
export interface ExpertStep {
  readonly demand: number;
  /** Smoothed demand of the previous step, which goes into the records. */
  readonly settled: number;
  /** Growth factor of hidden demand while servers are full; 0 if all demand is visible. */
  readonly growth: number;
  /** Mean demand of about a day, the unit of the records: a load that has grown is not judged by its past. */
  readonly usual: number;
  /** Upper limit of planned servers. */
  readonly most: number;
  readonly max: number;
}

const EPISODE_STEPS = 15;
const COUNT = EXPERTS.length;
/** The first experts are forecasts; their knob is a price. */
export const FORECASTS = MODELS * PRICES.length;
/** Trailing maxima follow; the rest are HPAs. */
const FIRST_HPA = COUNT - HPA_TARGETS.length;
/** Arrays, because every expert is evaluated in every step. */
const KNOBS = Float64Array.from(EXPERTS, ({ knob }) => knob);
const LINES = Uint8Array.from(EXPERTS, ({ line }) => line);
/** Must be a power of two. */
const WISHES = 8;
/** Limit of all fleets, shadow fleets included: counts are stored in two bytes, and forecasts end there, too. */
export const MOST_SERVERS = 20_000;

/**
 * Each expert runs a shadow fleet under the observed demand with the same lead time. Its record shows what it would
 * have cost, and which requests would have been slow or failed.
 */
export class Experts implements Remembering {
  readonly cost = new Float32Array(COUNT);
  readonly bad = new Float32Array(COUNT);
  /** Sum over episodes of squared bad requests, for the margin. */
  readonly badSquares = new Float32Array(COUNT);
  readonly desired = new Int16Array(COUNT);
  /** Recent proposals of each expert before hysteresis and stabilization. */
  private readonly wishes = new Int16Array(COUNT * WISHES);
  private readonly episodes = new Float32Array(COUNT);
  private readonly lastBad = new Float32Array(COUNT).fill(-1e9);
  private readonly active: Int16Array;
  private readonly provisioning = new Int16Array(COUNT);
  private readonly arriving: Int16Array;
  private readonly scalars = new Float64Array(2);
  private readonly trailing = new Float64Array(TRAILING_MINUTES.length);
  private readonly booksSteps: number;
  /** Steps before the records start. */
  readonly unbooked: number;
  /** Stabilization window in steps. */
  private readonly stableSteps: number;

  constructor(
    private readonly lead: number,
    private readonly stepSeconds: number,
    private readonly maxUtilization: number,
    active: number,
  ) {
    this.active = new Int16Array(COUNT).fill(active);
    this.arriving = new Int16Array(COUNT * (lead + 1));
    this.booksSteps = (TUNING.booksDays * 86_400) / stepSeconds;
    this.unbooked = Math.ceil((TUNING.unbookedMinutes * 60) / stepSeconds);
    this.stableSteps = Math.min(WISHES, Math.max(1, Math.round((TUNING.stabiliseMinutes * 60) / stepSeconds)));
  }

  memory(): readonly Memory[] {
    return [...this.books(), this.provisioning, this.arriving];
  }

  /** Takes over records and shadow fleets from another lead time; pending servers become active at once. */
  adopt(other: Experts): void {
    const theirs = other.books();
    for (const [index, book] of this.books().entries()) book.set(theirs[index]!);
    for (let expert = 0; expert < COUNT; expert++) {
      this.active[expert] = other.active[expert]! + other.provisioning[expert]!;
    }
  }

  private books(): readonly Memory[] {
    const { cost, bad, badSquares, desired, wishes, episodes, lastBad, active, scalars } = this;
    return [cost, bad, badSquares, desired, wishes, episodes, lastBad, active, scalars];
  }

  /** Requests in the record, in steps of usual demand. */
  get requests(): number {
    return this.scalars[0]!;
  }

  /** Effective number of bad episodes in an expert's record, as if all had the same size. */
  episodesOf(expert: number): number {
    const squares = this.badSquares[expert]!;
    return squares > 0 ? this.bad[expert]! ** 2 / squares : 0;
  }

  /** One step of every expert. */
  step(now: ExpertStep, prospects: readonly Prospect[], history: History): void {
    const { demand, settled, growth, usual } = now;
    const max = Math.min(now.max, MOST_SERVERS);
    const keep = 1 - 1 / this.booksSteps;
    const step = this.scalars[1]!++;
    // `| 0` makes integers: `%` on doubles is slow.
    const slot = (step % WISHES) | 0;
    const lane = (step % (this.lead + 1)) | 0;
    const stable = Math.min(this.stableSteps, step + 1);
    // Plus one server, because an idle load has no usual demand.
    const unit = usual + 1;
    const isBooked = step >= this.unbooked;
    if (isBooked) this.scalars[0] = this.scalars[0]! * keep + settled / unit;
    for (const [index, minutes] of TRAILING_MINUTES.entries()) {
      this.trailing[index] = history.highest(0, Math.max(1, Math.round((minutes * 60) / this.stepSeconds)));
    }
    for (let expert = 0; expert < COUNT; expert++) {
      if (isBooked) this.book(expert, step, settled, unit, keep);
      this.arrive(expert, lane);
      const total = this.active[expert]! + this.provisioning[expert]!;
      const wish =
        expert < FORECASTS
          ? outgrow(prospects[LINES[expert]!]!.kept(KNOBS[expert]!), demand, growth)
          : expert < FIRST_HPA
            ? this.trailingWish(expert, now)
            : Math.min(Math.max(total, now.most), this.hpaWish(expert, demand, total));
      const highest = this.stabilised(expert, slot, stable, wish);
      const settledOn =
        expert < FORECASTS
          ? this.settleForecast(expert, wish, highest, total, now, prospects[LINES[expert]!]!)
          : expert < FIRST_HPA
            ? settleReactive(wish, highest, total)
            : settle(wish, highest, total);
      const desired = Math.min(max, settledOn);
      this.desired[expert] = desired;
      if (desired !== total) this.carryOut(expert, lane, desired - total);
    }
  }

  /** The highest proposal in the stabilization window, which limits removals. */
  private stabilised(expert: number, slot: number, steps: number, wish: number): number {
    const { wishes } = this;
    const at = expert * WISHES;
    wishes[at + slot] = Math.min(wish, MOST_SERVERS);
    let highest = wish;
    for (let back = 1; back < steps; back++) {
      const earlier = wishes[at + ((slot - back) & (WISHES - 1))]!;
      if (earlier > highest) highest = earlier;
    }
    return highest;
  }

  private settleForecast(
    expert: number,
    wish: number,
    highest: number,
    total: number,
    { demand, growth }: ExpertStep,
    prospect: Prospect,
  ): number {
    const price = KNOBS[expert]!;
    const isShort = demand > this.maxUtilization * this.active[expert]!;
    const added = outgrow(prospect.added(price, wish, isShort), demand, growth);
    return settleForecast(settle(added, highest, total), total, price, prospect, growth > 0);
  }

  private trailingWish(expert: number, { demand, growth, most }: ExpertStep): number {
    const highest = this.trailing[LINES[expert]! - MODELS]!;
    const wish = Math.max(1, ceilCount((highest * (1 + KNOBS[expert]!)) / this.maxUtilization));
    return outgrow(Math.min(most, wish), demand, growth);
  }

  private hpaWish(expert: number, demand: number, total: number): number {
    const target = KNOBS[expert]!;
    const active = this.active[expert]!;
    const cpu = Math.min(1, demand / active);
    const ratio = cpu / target;
    if (ratio > 1 && this.provisioning[expert]! > 0) {
      const cautious = (cpu * active) / total / target;
      return cautious > 1.1 ? Math.max(total, ceilCount(cautious * total)) : total;
    }
    return Math.abs(ratio - 1) <= 0.1 ? total : Math.max(1, ceilCount(ratio * active));
  }

  private book(expert: number, step: number, demand: number, unit: number, keep: number): void {
    this.cost[expert] = this.cost[expert]! * keep + (this.active[expert]! + this.provisioning[expert]!) / unit;
    this.bad[expert] = this.bad[expert]! * keep;
    this.badSquares[expert] = this.badSquares[expert]! * keep;
    if (demand <= this.maxUtilization * this.active[expert]!) return;
    if (step - this.lastBad[expert]! > EPISODE_STEPS) this.episodes[expert] = 0;
    this.lastBad[expert] = step;
    const bad = demand / unit;
    this.bad[expert] = this.bad[expert] + bad;
    this.badSquares[expert] = this.badSquares[expert] + bad * bad + 2 * bad * this.episodes[expert]!;
    this.episodes[expert] = this.episodes[expert]! + bad;
  }

  private arrive(expert: number, lane: number): void {
    const slot = expert * (this.lead + 1) + lane;
    const arrived = this.arriving[slot]!;
    this.active[expert] = this.active[expert]! + arrived;
    this.provisioning[expert] = this.provisioning[expert]! - arrived;
    this.arriving[slot] = 0;
  }

  private carryOut(expert: number, lane: number, change: number): void {
    const slots = this.lead + 1;
    const base = expert * slots;
    if (change > 0) {
      this.arriving[base + lane] = change;
      this.provisioning[expert] = this.provisioning[expert]! + change;
      return;
    }
    let surplus = -change;
    for (let age = 0; age <= this.lead && surplus > 0; age++) {
      const slot = base + ((lane - age + slots) % slots);
      const cancelled = Math.min(surplus, this.arriving[slot]!);
      this.arriving[slot] = this.arriving[slot]! - cancelled;
      this.provisioning[expert] = this.provisioning[expert]! - cancelled;
      surplus -= cancelled;
    }
    this.active[expert] = this.active[expert]! - surplus;
  }
}

/**
 * Saturation hides demand: what is observed is a lower bound, so the fleet grows by a factor until demand is visible
 * again.
 */
export function outgrow(wish: number, demand: number, growth: number): number {
  return growth > 0 ? Math.max(wish, Math.ceil(demand * growth)) : wish;
}

/** Scales up to `added`, or down to the highest recent proposal, but not below `added`. */
export function settle(added: number, highest: number, total: number): number {
  return added >= total ? added : Math.min(total, Math.max(added, highest));
}

/** The target, if the gain justifies the change. */
export function settleForecast(
  target: number,
  total: number,
  price: number,
  prospect: Prospect,
  saturated: boolean,
): number {
  if (target === total || (saturated && target > total)) return target;
  return prospect.gain(total, target, price) > TUNING.churn * total ? target : total;
}

/** Scales up to the proposal, or down to the highest recent one if the step is large enough. */
export function settleReactive(wish: number, highest: number, total: number): number {
  if (wish >= total) return wish;
  return highest > total * (1 - TUNING.churnReactive) ? total : highest;
}
