import type { Schema } from '../api/client';
import { counted, inPercent } from '../layout/words';

export type Workload = Schema['WorkloadDto'];
export type Chosen = Schema['ChosenWorkloadDto'];

/** Workloads that one request imports. */
export const MOST_CHOSEN = 200;

/** Identifies a workload within a connection. */
export function keyOf({ namespace, kind, name, group }: Chosen): string {
  return [group ?? '', kind, namespace, name].join('/');
}

/** The name of a workload in an import. */
export function chosenOf({ namespace, kind, name, target }: Workload): Chosen {
  const { group } = target as { readonly group?: unknown };
  return { namespace, kind, name, ...(typeof group === 'string' ? { group } : {}) };
}

/** Whether a cluster can be made of it. */
export function isFree({ cluster, refused }: Workload): boolean {
  return cluster === null && refused === null;
}

/** Those whose namespace, name, kind or autoscaler contains each word of the text. */
export function matching(workloads: readonly Workload[], text: string): readonly Workload[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return workloads;
  return workloads.filter(({ namespace, kind, name, scaled_by: scaledBy }) => {
    const all = `${namespace}/${name} ${kind} ${scaledBy?.by ?? ''}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** The bounds that its autoscaler states. */
export function boundsWords({ scaled_by: scaledBy }: Workload): string {
  return scaledBy === null ? 'none stated' : `${scaledBy.min_servers} to ${scaledBy.max_servers}`;
}

/** What its autoscaler goes by. */
export function targetWords({ scaled_by: scaledBy }: Workload): string {
  if (scaledBy === null) return 'none stated';
  const { cpu_target: cpu, metrics } = scaledBy;
  const all = [...(cpu === null ? [] : [`CPU at ${inPercent(cpu)} of the request`]), ...metrics];
  return all.length === 0 ? 'none stated' : all.join(', ');
}

/** Its count now, and how many of it are ready where that differs. */
export function serversWords({ desired, ready }: Workload): string {
  if (desired === null) return ready === null ? 'not known' : counted(ready, 'ready server');
  return ready === null || ready === desired ? String(desired) : `${desired}, ${ready} ready`;
}
