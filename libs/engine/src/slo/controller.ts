import { type Baseline, ceilCount, clampCount, type Seen } from '../baselines/seen.js';
import { Budget } from './budget.js';
import { type Choice, ChoiceRecord, type Ground, type Selection } from './choice.js';
import { TUNING } from './constants.js';
import { unavoidable } from './crowds.js';
import { Denoiser } from './denoiser.js';
import { EXPERTS, Experts, FORECASTS, outgrow, settle, settleForecast, settleReactive } from './experts.js';
import { Growth } from './growth.js';
import { Forecaster, MOST_HORIZON } from './forecaster.js';
import { type Memory, type Remembering, restoreSnapshot, snapshot } from './memory.js';
import type { Outlook } from './outlook.js';
import type { Prospect } from './prospect.js';
import { WishWindow } from './wish-window.js';

/** CPU from which demand may be hidden: 100 % minus noise of 2 %. */
export const SATURATED = 0.979;
/** Reactive experts compete only after half a day, or if no forecast is usable. */
const REACTIVE_AFTER_DAYS = 0.5;

/** The expert of a new cluster. */
const COLD_START = EXPERTS.findIndex(({ name }) => name === 'highest of 15 min + 30 %');

/** Prior violations of each expert, as a multiple of the promised ones. */
const BELIEVED = EXPERTS.map(({ family, knob }) =>
  family === 'forecast' ? (TUNING.priorPrice / knob) ** TUNING.priorSlope : TUNING.priorOther,
);

export interface Promise {
  /** Share of requests that may arrive while the cluster is above `maxUtilization`, within (0, 0.5]. */
  readonly violations: number;
  /** Share of capacity, within (0, 1]. */
  readonly maxUtilization: number;
}

enum Scalar {
  Steps,
  LastActive,
  Count,
}

/** The service level as a policy: forecasts, replays experts, tracks the error budget, and returns a desired count. */
export class SloController implements Baseline, Remembering {
  readonly forecaster: Forecaster;
  readonly experts: Experts;
  readonly budget: Budget;
  readonly growth: Growth;
  readonly lead: number;
  private readonly scalars = new Float64Array(Scalar.Count);
  private readonly denoiser = new Denoiser();
  private readonly wishes = new WishWindow();
  private readonly chosen = new ChoiceRecord();

  /** @param first the first observation; it determines step and lead time */
  constructor(
    readonly promise: Promise,
    first: Pick<Seen, 'tickSeconds' | 'leadSeconds' | 'active'>,
  ) {
    const stepSeconds = first.tickSeconds;
    this.lead = Math.min(MOST_HORIZON - 1, ceilCount(first.leadSeconds / stepSeconds));
    this.forecaster = new Forecaster(stepSeconds, promise.maxUtilization, this.lead + 1);
    this.experts = new Experts(this.lead, stepSeconds, promise.maxUtilization, first.active);
    this.budget = new Budget(promise.violations, this.forecaster.history.stepsPerDay);
    this.growth = new Growth(this.lead);
  }

  memory(): readonly Memory[] {
    return [this.scalars];
  }

  parts(): readonly Remembering[] {
    return [
      this,
      this.wishes,
      this.denoiser,
      this.chosen,
      ...this.forecaster.parts(),
      this.experts,
      this.budget,
      this.growth,
    ];
  }

  /** The plan of the last step. @throws Error before the first */
  get choice(): Choice {
    return this.chosen.get();
  }

  /** Since when the load has been known, while the stabilization window holds the count that it started with. */
  get heldSince(): number | null {
    return this.wishes.heldSince;
  }

  /** Predictive distribution of the active expert, which is scored; for a reactive expert, that of the first model. */
  get outlook(): Outlook {
    return this.prospect.highest;
  }

  /** The same, plus the distribution for the step in which new servers start to help. */
  get prospect(): Prospect {
    return this.prospectOf(this.chosen.expert);
  }

  /**
   * Takes over what `other` learned under another lead time; pending servers of its shadow fleets become active at
   * once.
   */
  adopt(other: SloController): void {
    const same = ({ wishes, denoiser, chosen, budget }: SloController): Remembering[] => [
      wishes,
      denoiser,
      chosen,
      budget,
    ];
    restoreSnapshot([this, ...same(this)], snapshot([other, ...same(other)]));
    this.forecaster.adopt(other.forecaster);
    this.experts.adopt(other.experts);
    this.growth.adopt(other.growth);
  }

  /** Steps without data. */
  skip(steps: number): void {
    this.forecaster.skip(steps);
    this.growth.skip();
    this.denoiser.skip();
  }

  /**
   * Between steps nothing is learned and the last plan holds. Demand that outgrows all servers, including pending ones,
   * is handled at once.
   */
  between(seen: Seen, total: number): number {
    const planned = Math.max(total, this.choice.desired);
    const demand = seen.cpu * seen.active;
    const isOutgrown = demand > this.promise.maxUtilization * planned * (1 + TUNING.outgrown);
    const needed = isOutgrown ? this.needed(seen) : 0;
    return outgrow(Math.max(planned, needed), demand, seen.cpu >= SATURATED ? this.growth.factor : 0);
  }

  /** Servers needed for the observed demand at the promised utilization. */
  needed({ cpu, active }: Seen): number {
    return ceilCount((cpu * active) / this.promise.maxUtilization);
  }

  desired(seen: Seen): number {
    return clampCount(this.wished(seen), seen);
  }

  /** Learns from a step. @returns the desired count before the bounds */
  wished(seen: Seen): number {
    const { forecaster, experts, budget } = this;
    const saturated = seen.cpu >= SATURATED;
    const demand = seen.cpu * seen.active;
    const total = seen.active + seen.provisioning;
    forecaster.step(demand, Math.floor(seen.at / 60_000), this.growth.learnt);
    const most = Math.max(1, ceilCount(forecaster.most / this.promise.maxUtilization));
    this.growth.step(demand, saturated, forecaster.history);
    const settled = this.denoiser.push(demand);
    const growth = saturated ? this.growth.factor : 0;
    const step = { demand, settled, growth, usual: budget.usual, most, max: seen.max };
    experts.step(step, forecaster.prospects, forecaster.history);
    const isBad = settled > this.promise.maxUtilization * this.scalars[Scalar.LastActive]!;
    const episodes = experts.episodesOf(this.chosen.expert);
    budget.add(settled, isBad, episodes);
    this.scalars[Scalar.LastActive] = seen.active;
    const aim = budget.aim(episodes) + unavoidable(experts, budget.mostOwed / (budget.usual + 1));
    const selection = this.select(aim);
    const { expert, share } = selection;
    const index = this.scalars[Scalar.Steps]!++;
    const price = expert < FORECASTS ? EXPERTS[expert]!.knob * 2 ** -share : 0;
    const prospect = this.prospectOf(expert);
    forecaster.note(prospect.highest, price > 0 && prospect.highest.isBeyondBound(price));
    const room = this.isCold(index) ? 1 + TUNING.coldRoom : 1;
    const needed = price > 0 ? prospect.kept(price) : Math.min(most, ceilCount(this.blend(expert, share) * room));
    const isShort = demand > this.promise.maxUtilization * seen.active;
    const planned = price > 0 ? settle(prospect.added(price, needed, isShort), needed, total) : needed;
    // During saturation demand is hidden, so the forecast, which is based on observed demand, is not used.
    const grown = outgrow(this.needed(seen), demand, growth);
    const wish = saturated ? grown : planned;
    const highest = this.wishes.add(seen, saturated ? grown : needed, total);
    const kept =
      price > 0
        ? settleForecast(settle(wish, highest, total), total, price, prospect, saturated)
        : settleReactive(wish, highest, total);
    // Saturation needs the pending servers; removals wait until demand is visible.
    const desired = saturated ? Math.max(kept, total) : kept;
    this.chosen.set({ ...selection, demand, growth, total, price, aim, planned, wish, stabilised: highest, desired });
    return desired;
  }

  private prospectOf(expert: number): Prospect {
    const { family, line } = EXPERTS[expert]!;
    return this.forecaster.prospects[family === 'forecast' ? line : 0]!;
  }

  /** Expected violations of an expert: its record, a margin for the number of episodes, and a prior. */
  private violation(expert: number): number {
    const { experts, budget } = this;
    const prior = TUNING.priorDays * this.forecaster.history.stepsPerDay * (budget.usual / (budget.usual + 1)) + 1e-6;
    const believed = this.promise.violations * BELIEVED[expert]!;
    const bad = experts.bad[expert]! + TUNING.caution * Math.sqrt(experts.badSquares[expert]!) + prior * believed;
    return bad / (experts.requests + prior);
  }

  /** The cheapest expert, with a price on violations above the target. */
  private select(aim: number): Selection {
    const followed = EXPERTS[this.chosen.expert]!.family;
    const steps = this.scalars[Scalar.Steps]!;
    const { experts, forecaster } = this;
    let expert = COLD_START;
    let best = Number.POSITIVE_INFINITY;
    let cheapestKeeper = Number.POSITIVE_INFINITY;
    if (this.isCold(steps)) return this.selectCold(steps);
    const { demoted } = forecaster.trust;
    const reactive = demoted || steps > REACTIVE_AFTER_DAYS * forecaster.history.stepsPerDay;
    const among = demoted ? 'reactive' : reactive ? 'all' : 'forecasts';
    for (let index = 0; index < EXPERTS.length; index++) {
      const { family } = EXPERTS[index]!;
      if (family !== 'forecast' && !reactive) break;
      if (family === 'forecast' && demoted) continue;
      const handicap = family === followed ? 1 : family === 'forecast' ? 1 + TUNING.stay : 1 + TUNING.advantage;
      const excess = Math.max(0, this.violation(index) - aim);
      if (excess === 0) cheapestKeeper = Math.min(cheapestKeeper, experts.cost[index]!);
      const cost = experts.cost[index]! * handicap + TUNING.mostPrice * excess * experts.requests;
      if (cost < best) {
        best = cost;
        expert = index;
      }
    }
    const kept = this.violation(expert);
    const ground = this.groundOf(expert, kept > aim, cheapestKeeper);
    const thriftier = expert - 1;
    if (thriftier < 0 || EXPERTS[thriftier]!.line !== EXPERTS[expert]!.line) return { expert, share: 0, ground, among };
    const broken = this.violation(thriftier);
    const share = broken > aim && broken > kept ? Math.max(0, (aim - kept) / (broken - kept)) : 0;
    return { expert, share, ground, among };
  }

  /** @param cheapestKeeper least cost of the experts that meet the target; infinite if none does */
  private groundOf(expert: number, breaks: boolean, cheapestKeeper: number): Ground {
    if (breaks) return cheapestKeeper === Number.POSITIVE_INFINITY ? 'none_keeps_it' : 'too_dear_to_keep';
    return this.experts.cost[expert]! > cheapestKeeper ? 'keeps_it_in_family' : 'keeps_it';
  }

  private isCold(steps: number): boolean {
    return steps < TUNING.coldDays * this.forecaster.history.stepsPerDay;
  }

  /** During the cold start: the cheapest reactive expert without slow or failed requests. */
  private selectCold(steps: number): Selection {
    const { cost, bad, unbooked } = this.experts;
    const fixed = { expert: COLD_START, share: 0, among: 'reactive' } as const;
    if (steps < unbooked) return { ...fixed, ground: 'cold_start' };
    let expert = COLD_START;
    let best = Number.POSITIVE_INFINITY;
    for (let index = FORECASTS; index < EXPERTS.length; index++) {
      if (bad[index]! > 0 || cost[index]! >= best) continue;
      best = cost[index]!;
      expert = index;
    }
    return {
      ...fixed,
      expert,
      ground: best === Number.POSITIVE_INFINITY ? 'cold_start_none_spotless' : 'cold_start_cheapest',
    };
  }

  private blend(expert: number, share: number): number {
    const { desired } = this.experts;
    const own = desired[expert]!;
    return share > 0 ? Math.ceil(own + (desired[expert - 1]! - own) * share - 0.5) : own;
  }
}
