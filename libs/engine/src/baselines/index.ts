export { AwsTargetTracking, AzureThresholds, azureScaleIn, NomadTargetValue } from './clouds.js';
export { Hpa, REPLAYED_HPA_TARGET, replayedHpa } from './hpa.js';
export { Seasonal } from './seasonal.js';
export type { Baseline, Seen } from './seen.js';
export { ThresholdBaseline } from './threshold.js';
export { Trailing } from './trailing.js';
