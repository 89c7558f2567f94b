import type { FoundAutoscaler, FoundWorkload, WorkloadList, WorkloadQuery } from '../sdk/index.js';

/** Rights that a list names. */
const MOST_MISSING = 100;
/** Metrics, conditions and further autoscalers of one autoscaler. */
const MOST_PARTS = 50;

type Line = (text: unknown) => string;

/**
 * What a session found, as it can be shown: no more than was asked for, counts that are counts, texts of one line without a secret.
 *
 * @param line makes such a text
 */
export function checkedWorkloads(
  { workloads, missing, isCut }: WorkloadList,
  { limit }: WorkloadQuery,
  line: Line,
): WorkloadList {
  return {
    workloads: workloads.slice(0, limit).map((workload) => checked(workload, line)),
    missing: missing.slice(0, MOST_MISSING).map(line),
    isCut: isCut || workloads.length > limit,
  };
}

function checked(workload: FoundWorkload, line: Line): FoundWorkload {
  const { target, namespace, kind, name, desired, ready, requests, scaledBy, unknown, refused } = workload;
  const orNull = (text: string | null): string | null => (text === null ? null : line(text));
  return {
    target,
    namespace: line(namespace),
    kind: line(kind),
    name: line(name),
    desired: countOf(desired),
    ready: countOf(ready),
    requests,
    scaledBy: scaledBy === null ? null : checkedAutoscaler(scaledBy, line),
    unknown: orNull(unknown),
    refused: orNull(refused),
  };
}

function checkedAutoscaler(autoscaler: FoundAutoscaler, line: Line): FoundAutoscaler {
  const { by, others, min, max, desired, current, cpuTarget, metrics, conditions } = autoscaler;
  return {
    by: line(by),
    others: others.slice(0, MOST_PARTS).map(line),
    min: countOf(min) ?? 0,
    max: countOf(max) ?? 0,
    desired: countOf(desired),
    current: countOf(current),
    cpuTarget: countOf(cpuTarget),
    metrics: metrics.slice(0, MOST_PARTS).map(line),
    conditions: conditions.slice(0, MOST_PARTS).map(({ type, isTrue, reason, message }) => ({
      type: line(type),
      isTrue,
      reason: line(reason),
      message: line(message),
    })),
  };
}

function countOf(value: number | null): number | null {
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
