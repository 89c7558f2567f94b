import { Analogues } from './analogues.js';
import { BINS } from './bins.js';
import { TUNING } from './constants.js';
import { Features, LOCATION_INPUTS, SPREAD_INPUTS } from './features.js';
import { History } from './history.js';
import { Horizons } from './horizons.js';
import { LeastSquares } from './least-squares.js';
import { logOf } from './log.js';
import { type Memory, type Remembering, restoreSnapshot, snapshot } from './memory.js';
import { MOST_DEMAND, Outlook, Scale } from './outlook.js';
import { Prospect } from './prospect.js';
import { Residuals } from './residuals.js';
import { TRUST_LEVELS } from './scores.js';
import { TOP_SPREAD, Tops } from './tops.js';
import { Trust } from './trust.js';

/** The longest horizon in steps. */
export const MOST_HORIZON = 32;
const FORGET_DAYS = 3;
const SHAPE_DAYS = 6;
/** Innovations are clipped at this many spreads. */
const CLIP = 2.5;

/** Outcomes of the regression: the highest demand over the horizon, and demand in its last step. */
enum Outcome {
  Highest,
  Last,
  Count,
}

/**
 * Residual distributions by spread: for the highest demand, and for the last step, which matters only when adding
 * servers.
 */
const HIGHEST_GROUPS = 8;
const LAST_GROUPS = 3;

/** Values stored per pending forecast. */
const FIELDS = 11;
const MOST = 9;
const BEYOND = 10;
/** Limit of planned demand, as a multiple of the highest remembered demand. */
const MOST_TIMES_KNOWN = 2;

/**
 * Predictive distribution of the highest demand over the lead time, and of demand at its end, learned online: a robust
 * regression of log ratios to the current level, a spread that depends on circumstances, and the cluster's own residual
 * distributions.
 */
export class Forecaster implements Remembering {
  readonly history: History;
  /** By model: usual residuals, analogs (same minute of other hours), and bursts relative to the recent peak. */
  readonly prospects: readonly [Prospect, Prospect, Prospect];
  private readonly aroundCentre: Scale;
  private readonly aroundLast: Scale;
  private readonly aroundTop: Scale;
  readonly trust = new Trust();
  readonly horizons: Horizons;
  private readonly features: Features;
  private readonly centre: LeastSquares;
  private readonly residuals: Residuals;
  private readonly lastResiduals: Residuals;
  private readonly analogues: Analogues;
  private readonly tops: Tops;
  /** Per pending forecast, as many as the horizon has steps: inputs, quantiles, ... */
  private readonly locations: Float32Array;
  private readonly spreads: Float32Array;
  private readonly quantiles: Float32Array;
  /**
   * ... step, level, center, spread, minute, peak, situation, center and spread of the last step, bound on demand, and
   * whether the model exceeded it.
   */
  private readonly flights: Float64Array;
  private readonly queue = new Float64Array(2);

  /** @param horizon steps over which the highest demand is forecast, 1 to 32 */
  constructor(
    stepSeconds: number,
    maxUtilization: number,
    private readonly horizon: number,
  ) {
    this.history = new History(stepSeconds);
    const day = this.history.stepsPerDay;
    this.features = new Features(this.history, stepSeconds);
    this.centre = new LeastSquares(LOCATION_INPUTS, Outcome.Count, 1 - 1 / (FORGET_DAYS * day), TUNING.firstVariance);
    this.residuals = new Residuals(SHAPE_DAYS * day, HIGHEST_GROUPS);
    this.lastResiduals = new Residuals(SHAPE_DAYS * day, LAST_GROUPS);
    this.analogues = new Analogues(this.history);
    this.tops = new Tops(this.history, SHAPE_DAYS * day);
    this.locations = new Float32Array(horizon * LOCATION_INPUTS);
    this.spreads = new Float32Array(horizon * SPREAD_INPUTS);
    this.quantiles = new Float32Array(horizon * TRUST_LEVELS.length);
    this.flights = new Float64Array(horizon * FIELDS);
    this.horizons = new Horizons(horizon);
    this.aroundCentre = new Scale(maxUtilization);
    this.aroundTop = new Scale(maxUtilization);
    this.aroundLast = new Scale(maxUtilization);
    this.prospects = [
      new Prospect(new Outlook(this.aroundCentre), new Outlook(this.aroundLast)),
      new Prospect(new Outlook(this.aroundCentre)),
      new Prospect(new Outlook(this.aroundTop)),
    ];
  }

  memory(): readonly Memory[] {
    return [this.locations, this.spreads, this.quantiles, this.flights, this.queue];
  }

  parts(): readonly Remembering[] {
    return [this, this.horizons, ...this.lasting()];
  }

  /** Takes over what `other` learned over another horizon; its pending forecasts are dropped. */
  adopt(other: Forecaster): void {
    restoreSnapshot(this.lasting(), snapshot(other.lasting()));
    this.queue[0] = this.history.length;
  }

  private lasting(): readonly Remembering[] {
    const { history, features, centre, residuals, lastResiduals, analogues, tops, trust } = this;
    return [history, features, centre, residuals, lastResiduals, analogues, tops, trust];
  }

  /**
   * Learns from a step and sets the predictive distributions, one of which must then be passed to `note`.
   *
   * @param demand servers' worth of work in this step
   * @param minute minutes since the epoch
   * @param growth estimated growth factor of demand until new servers help (>= 1)
   */
  step(demand: number, minute: number, growth: number): void {
    const { history, features, horizon } = this;
    history.push(demand);
    this.analogues.begin();
    this.learn();
    features.push(demand, minute);
    const flight = (history.length - 1) % horizon;
    const location = this.locations.subarray(flight * LOCATION_INPUTS, (flight + 1) * LOCATION_INPUTS);
    const spreadInputs = this.spreads.subarray(flight * SPREAD_INPUTS, (flight + 1) * SPREAD_INPUTS);
    features.fill(demand, minute, horizon, location, spreadInputs);
    const level = logOf(demand);
    const top = this.tops.top();
    this.flights.set(
      [
        history.length,
        level,
        bounded(this.centre.predict(location, Outcome.Highest)),
        this.residuals.spread(spreadInputs),
        minute,
        top,
        this.tops.situation(top, level),
        bounded(this.centre.predict(location, Outcome.Last)),
        this.lastResiduals.spread(spreadInputs),
        Math.min(MOST_DEMAND, Math.max(MOST_TIMES_KNOWN * history.highestKnown(), growth * demand)),
        0,
      ],
      flight * FIELDS,
    );
    this.queue[1] = this.queue[1]! + 1;
    this.look();
  }

  /**
   * Recomputes the predictive distributions of the newest step; they follow from the stored state and are not part of
   * it.
   */
  look(): void {
    const { residuals, lastResiduals, analogues, prospects, horizon } = this;
    const at = this.newest();
    const level = this.flights[at + 1]!;
    const spread = this.flights[at + 3]!;
    const { most } = this;
    const [{ highest: usual, last }, { highest: alike }, { highest: again }] = prospects;
    residuals.fillShape(spread, usual.shape);
    const weight = analogues.fill(horizon, level, spread);
    for (let bin = 0; bin < BINS; bin++) {
      alike.shape[bin] =
        (usual.shape[bin]! * TUNING.analoguePrior + analogues.weights[bin]!) / (TUNING.analoguePrior + weight);
    }
    this.aroundCentre.set(level + this.flights[at + 2]!, spread);
    usual.set(most);
    alike.set(most);
    const lastSpread = this.flights[at + 8]!;
    lastResiduals.fillShape(lastSpread, last.shape);
    this.aroundLast.set(level + this.flights[at + 7]!, lastSpread);
    last.set(most);
    this.tops.fill(this.flights[at + 6]!, again.shape);
    this.aroundTop.set(this.flights[at + 5]!, TOP_SPREAD);
    again.set(most);
  }

  /**
   * Upper limit of planned demand in the newest step: twice the highest remembered demand, or the growth until new
   * servers help, whichever is more.
   */
  get most(): number {
    return this.flights[this.newest() + MOST]!;
  }

  /** Whether the noted forecast of the newest step exceeded that limit. */
  get isBeyond(): boolean {
    return this.flights[this.newest() + BEYOND] === 1;
  }

  /**
   * Notes the distribution that decides in the newest step; it is scored when its horizon is over.
   *
   * @param isBeyond whether it exceeded the limit, which counts as a miss
   */
  note(outlook: Outlook, isBeyond: boolean): void {
    const { history, horizon } = this;
    this.flights[this.newest() + BEYOND] = isBeyond ? 1 : 0;
    const flight = (history.length - 1) % horizon;
    const quantiles = this.quantiles.subarray(flight * TRUST_LEVELS.length, (flight + 1) * TRUST_LEVELS.length);
    for (const [index, one] of TRUST_LEVELS.entries()) quantiles[index] = outlook.quantile(one);
    this.horizons.step(history, quantiles, this.flights[flight * FIELDS + 3]!);
  }

  /** Steps without data: the last level fills them, and forecasts that reach into them are not learned from. */
  skip(steps: number): void {
    const { history, queue } = this;
    const last = history.back(0);
    for (let step = 0; step < Math.min(steps, history.capacity); step++) {
      history.push(last);
      this.analogues.begin();
    }
    queue[0] = history.length;
    queue[1] = 0;
    this.horizons.skip();
  }

  /** Index of the newest pending forecast. */
  private newest(): number {
    return ((this.history.length - 1) % this.horizon) * FIELDS;
  }

  /** Learns from forecasts whose horizon is over. */
  private learn(): void {
    const { history, queue, flights, horizon } = this;
    while (queue[1]! > 0) {
      const flight = queue[0]! % horizon;
      const at = flight * FIELDS;
      const age = history.length - flights[at]!;
      if (age < horizon) return;
      const highest = history.highest(age - horizon, horizon);
      const level = flights[at + 1]!;
      const outcome = logOf(highest) - level;
      const spread = flights[at + 3]!;
      const residual = outcome - flights[at + 2]!;
      this.analogues.learn(age, residual);
      this.tops.learn(flights[at + 6]!, outcome + level - flights[at + 5]!);
      this.residuals.learn(residual, spread, this.spreads, flight * SPREAD_INPUTS);
      const last = history.logBack(age - horizon) - level;
      const lastSpread = flights[at + 8]!;
      this.lastResiduals.learn(last - flights[at + 7]!, lastSpread, this.spreads, flight * SPREAD_INPUTS);
      const clips = [CLIP * spread, CLIP * lastSpread];
      this.centre.learn(this.locations, flight * LOCATION_INPUTS, [outcome, last], clips);
      this.features.pushError(residual, flights[at + 4]!);
      const isBeyond = flights[at + BEYOND] === 1;
      this.trust.settle(this.quantiles, flight * TRUST_LEVELS.length, highest, history.stepsPerDay, isBeyond);
      queue[0] = queue[0]! + 1;
      queue[1] = queue[1]! - 1;
    }
  }
}

/** Limits the predicted log ratio to a plausible range. */
function bounded(centre: number): number {
  return Math.max(-6, Math.min(4, centre));
}
