export { type DemandModel, estimateDemand } from './demand/estimate.js';
export { ASSUMED_LEAD_MS, LEAD_TIME_QUANTILE, type LeadTime, leadTimeFrom, rememberLeadTimes } from './lead-time.js';
export { observe, type ObserveInput } from './observe.js';
export { TARGET_TRACKING_DEFAULTS } from './policies/target-tracking.js';
export { initialState, restoreState, settle } from './state.js';
export { tick } from './tick.js';
export type * from './types.js';
export * from './baselines/index.js';
export * from './slo/index.js';
