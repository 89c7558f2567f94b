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

/** Baselines that can be asked for by name, at the settings that their makers suggest. */
export const BASELINE_NAMES = ['hpa', 'aws', 'nomad', 'azure', 'threshold', 'trailing', 'seasonal'] as const;
export type BaselineName = (typeof BASELINE_NAMES)[number];
/** Whatever a backtest can put beside a policy: the baselines, and the best of them in hindsight. */
export const COMPARABLE_NAMES = [...BASELINE_NAMES, 'hindsight'] as const;
export type ComparableName = (typeof COMPARABLE_NAMES)[number];

export interface NamedBaseline {
  /** With its settings, for people. */
  readonly title: string;
  readonly create: () => Baseline;
}

/** @param maxUtilization the promised limit, share of capacity: what `trailing` and `seasonal` leave room below */
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
