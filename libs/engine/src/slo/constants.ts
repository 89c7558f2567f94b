/** One set of constants for all clusters. docs/experiments.md says how they were chosen, and how limited the evidence is. */
export const TUNING = {
  /** Target share of the promised violations; the rest is a reserve for what the discounted record does not show ... */
  aim: 0.75,
  /** ... which shrinks with many small bad episodes: up to this target, half of the way at `aimEpisodes`. */
  mostAim: 0.85,
  aimEpisodes: 20,
  /** Discount period of the experts' records, days. */
  booksDays: 14,
  /** Days' worth of unspent error budget that can be saved. */
  saveDays: 1,
  /** How strongly an overspent budget lowers the target, and a saved one raises it (log units for a full budget). */
  gain: 0.3,
  spendGain: 1,
  /** Number of bad episodes at which half of `spendGain` applies. */
  spendEpisodes: 10,
  /** Margin in standard deviations of an expert's violations, by episode. */
  caution: 0.4,
  /**
   * Price limit of a slow or failed request, in servers (per server-step): one flash crowd does not predict a second
   * one.
   */
  mostPrice: 1000,
  /** Variance of a metric's noise (share, squared): noise of 2 %, with some margin. */
  noiseVariance: 1.8e-4,
  /** Weight of the prior about an expert, days. */
  priorDays: 1,
  /** Prior of forecasts: the price at which violations equal the promise, and how they fall with higher prices. */
  priorPrice: 4,
  priorSlope: 0.5,
  priorOther: 1.5,
  /**
   * How much cheaper a reactive expert must be to replace the forecast, and how much cheaper the forecast to replace
   * it.
   */
  advantage: 0.1,
  stay: 0.05,
  /** Hysteresis: a change must save this share of the fleet, in cost plus price. */
  churn: 0.03,
  /** The same for experts without a forecast: removals smaller than this share are skipped. */
  churnReactive: 0.05,
  /** Growth factor per lead time during saturation: initial value and limits. */
  firstGrowth: 4,
  leastGrowth: 1.5,
  mostGrowth: 16,
  /** Log steps up if demand exceeded the factor, down if not; together they determine the tracked quantile. */
  growthUp: 0.7,
  growthDown: 0.2,
  /** Demand above all servers by this share is handled before the next step; below it may be noise. */
  outgrown: 0.05,
  stabiliseMinutes: 5,
  /** Cold start in days: only reactive experts are used, because nothing is learned yet. */
  coldDays: 0.125,
  /** Extra room during the cold start, share of the count. */
  coldRoom: 0.08,
  /**
   * Minutes without records or selection: shadow fleets start with the existing servers, which says nothing about the
   * experts.
   */
  unbookedMinutes: 6,
  /** Initial variance of a regression weight. */
  firstVariance: 1,
  /** Decay time of analogs in hours, and the weight of the same time of another day in hours. */
  analogueHours: 72,
  analogueDay: 8,
  /** Difference of two situations (log ratio) at which similarity is one half. */
  analogueWidth: 0.2,
  /** Weight of the usual residual distribution, hours. */
  analoguePrior: 10,
};
