import type { Bounds, OpenWindow, Step } from '../types.js';
import { step } from './sentences.js';
import { limitedBy, type Verdict } from './verdict.js';

export interface NamedBounds extends Bounds {
  readonly minFrom: string;
  readonly maxFrom: string;
}

/** Windows that ask for what the cluster's own bounds do not allow; each is told, whatever the count. */
export function conflictSteps(bounds: Bounds, openWindows: readonly OpenWindow[], count: number): Step[] {
  const steps: Step[] = [];
  for (const { name: window, minServers, maxServers } of openWindows) {
    if (minServers !== undefined && minServers > bounds.max) {
      const data = { window, asked: minServers, from: 'max_servers', bound: bounds.max } as const;
      steps.push(step('bound', 'bounds_conflict', count, count, data));
    }
    if (maxServers !== undefined && maxServers < bounds.min) {
      const data = { window, asked: maxServers, from: 'min_servers', bound: bounds.min } as const;
      steps.push(step('bound', 'bounds_conflict', count, count, data));
    }
  }
  return steps;
}

/** Open windows of a schedule raise the floor or lower the ceiling; the cluster's own bounds are never left. */
export function effectiveBounds(bounds: Bounds, openWindows: readonly OpenWindow[]): NamedBounds {
  let effective: NamedBounds = { ...bounds, minFrom: 'min_servers', maxFrom: 'max_servers' };
  for (const { name, maxServers } of openWindows) {
    if (maxServers !== undefined && maxServers < effective.max) {
      const maxFrom = maxServers < bounds.min ? `min_servers and the window "${name}"` : `the window "${name}"`;
      effective = { ...effective, max: Math.max(bounds.min, maxServers), maxFrom };
    }
  }
  // A floor outranks a ceiling: too many servers cost money, too few cost requests.
  for (const { name, minServers } of openWindows) {
    if (minServers !== undefined && minServers > effective.min) {
      const minFrom = minServers > bounds.max ? `max_servers and the window "${name}"` : `the window "${name}"`;
      effective = { ...effective, min: Math.min(bounds.max, minServers), minFrom };
    }
  }
  return effective.min > effective.max ? { ...effective, max: effective.min } : effective;
}

export function bound(verdict: Verdict, { min, max, minFrom, maxFrom }: NamedBounds, steps: Step[]): Verdict {
  const { count } = verdict;
  if (count >= min && count <= max) return verdict;
  const bounded =
    count < min
      ? step('bound', 'raised_to_min', count, min, { bound: min, from: minFrom })
      : step('bound', 'cut_to_max', count, max, { bound: max, from: maxFrom, asked: verdict.asked });
  steps.push(bounded);
  return limitedBy(verdict, bounded);
}
