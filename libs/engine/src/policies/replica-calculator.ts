/**
 * How many servers a metric asks for, as the Kubernetes HPA reckons (kubernetes v1.33,
 * `pkg/controller/podautoscaler/replica_calculator.go`, `GetResourceReplicas` and `calcPlainMetricReplicas`).
 */
export interface MetricReading {
  /** The metric of each ready server that has one: percent, or requests per second. */
  readonly values: readonly number[];
  /** Ready servers without a metric. */
  readonly missing: number;
  /** Servers that are not ready yet. */
  readonly unready: number;
}

export interface ReplicaProposal {
  readonly desired: number;
  /** Mean of the metric over the servers that counted, divided by the target: what is decided on, with assumptions about the others. */
  readonly ratio: number;
  /** Mean of the metric over the servers that have one. */
  readonly measured: number;
  readonly code: 'within_tolerance' | 'above_target' | 'below_target' | 'held_by_unknown';
}

/**
 * @param current servers that were asked for, ready or not
 * @param missingOnScaleDown what a silent server is taken to use when servers would be removed
 * @returns `null` when no server has a metric
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
  // The unknown is assumed to speak against the change, whichever way it goes.
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

/** Rounds up, but not for an error in the last digits: 0.6/0.6 x 10 servers are 10. */
function ceil(value: number): number {
  return Math.max(0, Math.ceil(value - 1e-9));
}

function held(current: number, ratio: number, measured: number, code: ReplicaProposal['code']): ReplicaProposal {
  return { desired: current, ratio, measured, code };
}

function towards(desired: number, ratio: number, measured: number): ReplicaProposal {
  return { desired, ratio, measured, code: ratio > 1 ? 'above_target' : 'below_target' };
}
