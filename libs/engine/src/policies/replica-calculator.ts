/**
 * How many servers a metric needs, computed like the Kubernetes HPA (kubernetes v1.33,
 * `pkg/controller/podautoscaler/replica_calculator.go`, `GetResourceReplicas` and `calcPlainMetricReplicas`).
 */
export interface MetricReading {
  /** Metric of each ready server that reports it: percent, or requests per second. */
  readonly values: readonly number[];
  /** Ready servers without the metric. */
  readonly missing: number;
  /** Servers that are not ready yet. */
  readonly unready: number;
}

export interface ReplicaProposal {
  readonly desired: number;
  /** Mean of the counted values, including assumed ones, divided by the target. The decision uses it. */
  readonly ratio: number;
  /** Mean over the servers that report. */
  readonly measured: number;
  readonly code: 'within_tolerance' | 'above_target' | 'below_target' | 'held_by_unknown';
}

/**
 * @param current requested servers, ready or not
 * @param missingOnScaleDown assumed value of a silent server when removing servers
 * @returns `null` if no server reports
 */
export function replicasFor(
  reading: MetricReading,
  target: number,
  current: number,
  tolerance: number,
  missingOnScaleDown: number,
): ReplicaProposal | null {
  const { values, missing, unready } = reading;
  if (values.length === 0) return null;
  const total = values.reduce((sum, value) => sum + value, 0);
  const measured = total / values.length;
  const ratio = measured / target;
  const growsBesideUnready = unready > 0 && ratio > 1;
  if (!growsBesideUnready && missing === 0) {
    return isWithin(ratio, tolerance)
      ? held(current, ratio, measured, 'within_tolerance')
      : towards(ceil(ratio * values.length), ratio, measured);
  }
  // Missing values are assumed to oppose the change, in either direction.
  const assumed = total + (ratio < 1 ? missing * missingOnScaleDown : 0);
  const count = values.length + (ratio === 1 ? 0 : missing) + (growsBesideUnready ? unready : 0);
  const cautious = assumed / count / target;
  if (isWithin(cautious, tolerance) || (ratio < 1 && cautious > 1) || (ratio > 1 && cautious < 1)) {
    return held(current, cautious, measured, 'held_by_unknown');
  }
  const desired = ceil(cautious * count);
  if ((cautious < 1 && desired > current) || (cautious > 1 && desired < current))
    return held(current, cautious, measured, 'held_by_unknown');
  return towards(desired, cautious, measured);
}

function isWithin(ratio: number, tolerance: number): boolean {
  return Math.abs(ratio - 1) <= tolerance + 1e-9;
}

/** Rounds up with a tolerance for floating-point errors: 0.6/0.6 x 10 servers are 10. */
function ceil(value: number): number {
  return Math.max(0, Math.ceil(value - 1e-9));
}

function held(current: number, ratio: number, measured: number, code: ReplicaProposal['code']): ReplicaProposal {
  return { desired: current, ratio, measured, code };
}

function towards(desired: number, ratio: number, measured: number): ReplicaProposal {
  return { desired, ratio, measured, code: ratio > 1 ? 'above_target' : 'below_target' };
}
