import type { ClusterProvider, FoundAutoscaler, FoundWorkload } from '#providers';
import type { CreateClusterDto } from '../cluster.dto.js';

/** A cluster of a workload, as in `POST /clusters`, and what its user should know of it, in sentences. */
export interface WorkloadDefinition {
  readonly definition: CreateClusterDto;
  readonly notes: readonly string[];
}

/** Bounds where no autoscaler states any: up to twice the present count, and at least this many servers. */
const ASSUMED_MAX = 10;
/** Percent; beyond it `target_tracking` takes no target. */
const HIGHEST_TARGET = 100;
const LONGEST_NAME = 100;

/** The cluster that only recommends, with bounds and CPU target of the autoscaler that acts today. */
export function definitionOf(workload: FoundWorkload, provider: ClusterProvider, name: string): WorkloadDefinition {
  const { scaledBy, requests } = workload;
  const cpuTarget = scaledBy?.cpuTarget ?? null;
  const isTaken = cpuTarget !== null && cpuTarget >= 1 && cpuTarget <= HIGHEST_TARGET;
  const policy = isTaken
    ? { target_tracking: { metrics: [{ metric: 'cpu' as const, target: cpuTarget }] } }
    : { slo: {} };
  const [min, max] = scaledBy === null ? assumedBounds(workload) : [scaledBy.min, scaledBy.max];
  const notes = [
    ...(scaledBy === null
      ? [`No autoscaler states bounds: ${min} to ${max} servers are assumed. Check them before it acts.`]
      : notesOf(scaledBy, isTaken)),
    ...(requests !== null && requests.cpuMillis === null
      ? ['A container requests no CPU. Without it CPU utilization is unknown.']
      : []),
  ];
  const definition = {
    name,
    min_servers: min,
    max_servers: max,
    policy: { ...policy, mode: 'recommend' as const },
    provider,
  };
  return { definition, notes };
}

/** `namespace/name`, or the next free one: `namespace/name-2`. @param taken in lower case */
export function freeName({ namespace, name }: FoundWorkload, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const end = count === 1 ? '' : `-${count}`;
    // A name ends with a letter or digit.
    const start = `${namespace}/${name}`.slice(0, LONGEST_NAME - end.length).replace(/[^a-z0-9]+$/i, '');
    if (!taken.has(`${start}${end}`.toLowerCase())) return `${start}${end}`;
  }
}

function assumedBounds({ desired }: FoundWorkload): readonly [number, number] {
  const present = desired ?? 1;
  return [Math.min(1, present), Math.max(ASSUMED_MAX, 2 * present)];
}

function notesOf({ by, others, cpuTarget, metrics }: FoundAutoscaler, isTaken: boolean): readonly string[] {
  const left = [...(cpuTarget === null || isTaken ? [] : [`CPU at ${cpuTarget} % of the request`]), ...metrics];
  return [
    ...(others.length === 0
      ? []
      : [`Several autoscalers act on it: ${listed([by, ...others])}. Bounds and target are those of the first.`]),
    ...(left.length === 0 ? [] : [`Not taken over from ${by}: ${listed(left)}.`]),
    ...(isTaken ? [] : ['Its policy is the default service level.']),
  ];
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
