import type { Cluster } from './queries';

/** The service level that a policy promises; shares of 1. */
export interface ServiceLevelPromise {
  /** Share of requests that may be slow or failed. */
  readonly violations: number;
  /** Utilization above which requests count as slow. */
  readonly maxUtilization: number;
}

/** The promise of a cluster, for everything that shows it; `null`: its policy promises none. */
export function promiseOf({ policy }: Pick<Cluster, 'policy'>): ServiceLevelPromise | null {
  const { slo } = policy;
  if (slo === undefined) return null;
  return {
    violations: fractionOf(slo.violations ?? '1%'),
    maxUtilization: fractionOf(slo.max_utilization ?? '90%'),
  };
}

/** `"1%"` or `0.01` as a fraction. */
function fractionOf(value: string | number): number {
  return typeof value === 'number' ? value : Number.parseFloat(value) / 100;
}
