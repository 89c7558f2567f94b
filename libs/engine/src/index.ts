export { type DemandModel, estimateDemand, learnedWarmUpMs } from './demand/estimate.js';
export { type Need, needOf } from './decide/need.js';
export { isLargeChange } from './decide/person.js';
export { reasonIn, referenceSteps } from './decide/verdict.js';
export {
  ASSUMED_LEAD_MS,
  LEAD_TIME_QUANTILE,
  type LeadTime,
  type LeadTimes,
  leadTimeFrom,
  rememberBothLeadTimes,
  usualLeadTimes,
} from './lead-time.js';
export { MOST_CPU_PERCENT, observe, type ObserveInput } from './observe.js';
export { uniformObservation } from './uniform.js';
export { TARGET_TRACKING_DEFAULTS } from './policies/target-tracking.js';
export { initialState, noteExternal, restoreState, settle } from './state.js';
export { type Sentences, stepMaker } from './step.js';
export { tick } from './tick.js';
export type * from './types.js';
export {
  amount,
  duration,
  headed,
  headlineOf,
  inOneLine,
  METRIC_WORD,
  percent,
  plural,
  serversOf,
  share,
} from './words.js';
export * from './baselines/index.js';
export * from './slo/index.js';
