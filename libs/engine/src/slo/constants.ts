/** One set of constants for every cluster. How they were chosen, and how little that proves, is in docs/engine.md. */
export const TUNING = {
  /** Share of the promised violations that is aimed at: the rest is for what the discounted books do not see coming ... */
  aim: 0.75,
  /** ... which many small bad episodes leave less of: up to this, half of the way for so many. */
  mostAim: 0.85,
  aimEpisodes: 20,
  /** Days over which experts' books are discounted. */
  booksDays: 14,
  /** Days that an unspent error budget may be saved up for. */
  saveDays: 1,
  /** How strongly an overspent budget lowers the aim, and a saved one raises it (log units for a full budget). */
  gain: 0.3,
  spendGain: 1,
  /** Bad episodes at which half of the latter is believed. */
  spendEpisodes: 10,
  /** Weight of one standard deviation of an expert's violations, by episode. */
  caution: 0.4,
  /** The most servers that are paid for one badly served request (server-step): what follows a flash crowd is no second one. */
  mostPrice: 1000,
  /** Variance of a metric's noise, as a share squared: what noise of two percent has, with some room. */
  noiseVariance: 1.8e-4,
  /** Days' worth of prior belief about an expert. */
  priorDays: 1,
  /** Belief before evidence: the price at which one violates as much as promised, and how fast less at higher ones. */
  priorPrice: 4,
  priorSlope: 0.5,
  priorOther: 1.5,
  /** How much cheaper a reactive expert must be to be followed instead of the forecast, and to be left again. */
  advantage: 0.1,
  stay: 0.05,
  /** Servers (share of the fleet) that a change must save, in cost plus price, to be worth making. */
  churn: 0.03,
  /** The same for experts that have no forecast: servers are let go in steps of at least this share. */
  churnReactive: 0.05,
  /** Growth per lead time while saturated: before anything is known of it, and its bounds. */
  firstGrowth: 4,
  leastGrowth: 1.5,
  mostGrowth: 16,
  /** Log units by which it rises where demand outgrew it, and falls where it did not: together which quantile of that it is. */
  growthUp: 0.7,
  growthDown: 0.2,
  /** By how much demand must outgrow all servers not to be left for the next step: more than noise does. */
  outgrown: 0.05,
  stabiliseMinutes: 5,
  /** Days in which reactive experts are followed, because nothing is learned yet. */
  coldDays: 0.125,
  /** Share of servers that they are given beyond what they wish for meanwhile. */
  coldRoom: 0.08,
  /** Minutes in which nothing is booked and nobody chosen: shadows begin with the servers that were there, which says nothing of them. */
  unbookedMinutes: 6,
  /** Variance of a regression weight before anything is learned. */
  firstVariance: 1,
  /** Hours over which what followed at the same minute is discounted, and how many hours the same time of another day weighs. */
  analogueHours: 72,
  analogueDay: 8,
  /** How much (log ratio) two situations may differ and still be half alike. */
  analogueWidth: 0.2,
  /** Hours' worth of the residuals' usual shape. */
  analoguePrior: 10,
};
