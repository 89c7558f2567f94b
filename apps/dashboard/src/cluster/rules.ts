import { inPercent } from '../layout/words';
import { promiseOf } from './promise';
import type { Cluster } from './queries';

/** A utilization, percent, at which the policy does something. */
export interface Rule {
  readonly value: number;
  readonly kind: 'promise' | 'target' | 'threshold';
  readonly label: string;
}

/** The targets and thresholds of CPU that rule a cluster; policies that only forecast rule nothing. */
export function rulesOf(cluster: Pick<Cluster, 'policy'>): readonly Rule[] {
  const { slo, target_tracking: tracking, threshold } = cluster.policy;
  const promise = promiseOf(cluster);
  const rules: Rule[] = [];
  if (promise !== null && slo?.forecast_only !== true) {
    const value = percentage(100 * promise.maxUtilization);
    rules.push({ value, kind: 'promise', label: `promised limit ${inPercent(value, 1)}` });
  }
  for (const { metric, target } of tracking?.forecast_only === true ? [] : (tracking?.metrics ?? [])) {
    if (metric === 'cpu') rules.push({ value: target, kind: 'target', label: `target ${inPercent(target, 1)}` });
  }
  if (threshold !== undefined && threshold.forecast_only !== true) {
    const { cpu_high: high, cpu_low: low } = threshold;
    if (high !== undefined) rules.push({ value: high, kind: 'threshold', label: `adds above ${inPercent(high, 1)}` });
    if (low !== undefined) rules.push({ value: low, kind: 'threshold', label: `removes below ${inPercent(low, 1)}` });
  }
  return rules;
}

function percentage(value: number): number {
  return Number(value.toFixed(1));
}
