import {
  AwsTargetTracking,
  AzureThresholds,
  type Baseline,
  Hpa,
  NomadTargetValue,
  Seasonal,
  ThresholdBaseline,
  Trailing,
} from '#engine';

/** Baselines by name, with the defaults of their makers. */
export const BASELINE_NAMES = ['hpa', 'aws', 'nomad', 'azure', 'threshold', 'trailing', 'seasonal'] as const;
export type BaselineName = (typeof BASELINE_NAMES)[number];
/** Everything that a backtest can compare with: the baselines, and the best of them in hindsight. */
export const COMPARABLE_NAMES = [...BASELINE_NAMES, 'hindsight'] as const;
export type ComparableName = (typeof COMPARABLE_NAMES)[number];

export interface NamedBaseline {
  /** Name with settings, for display. */
  readonly title: string;
  readonly create: () => Baseline;
}

/** @param maxUtilization the promised limit, share of capacity; `trailing` and `seasonal` leave headroom below it */
export function namedBaseline(name: BaselineName, maxUtilization: number): NamedBaseline {
  switch (name) {
    case 'hpa':
      return { title: 'hpa 60 %', create: () => new Hpa(0.6) };
    case 'aws':
      return { title: 'aws 60 %', create: () => new AwsTargetTracking(0.6) };
    case 'nomad':
      return { title: 'nomad 60 %', create: () => new NomadTargetValue(0.6) };
    case 'azure':
      return { title: 'azure 70/30 %', create: () => new AzureThresholds(0.7, 0.3) };
    case 'threshold':
      return { title: 'threshold', create: () => new ThresholdBaseline() };
    case 'trailing':
      return { title: 'trailing 15 min + 20 %', create: () => new Trailing(15, 0.2, maxUtilization) };
    case 'seasonal':
      return { title: 'seasonal + 20 %', create: () => new Seasonal(0.2, maxUtilization) };
  }
}
