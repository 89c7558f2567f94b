import type { Bounds, OpenWindow, Step } from '../types.js';
import { joined, serversOf, type Verdict } from './verdict.js';

export interface NamedBounds extends Bounds {
  readonly minFrom: string;
  readonly maxFrom: string;
}

/** Windows that ask for what the cluster's own bounds do not allow; each is told, whatever the count. */
export function conflictSteps(bounds: Bounds, openWindows: readonly OpenWindow[], count: number): Step[] {
  const steps: Step[] = [];
  const add = (window: string, asked: number, from: string, allowed: number, reason: string): void => {
    const data = { window, asked, from, bound: allowed };
    steps.push({ stage: 'bound', code: 'bounds_conflict', before: count, after: count, reason, data });
  };
  for (const { name, minServers, maxServers } of openWindows) {
    if (minServers !== undefined && minServers > bounds.max) {
      const reason = `The window "${name}" asks for at least ${serversOf(minServers)}, but max_servers allows ${bounds.max}.`;
      add(name, minServers, 'max_servers', bounds.max, reason);
    }
    if (maxServers !== undefined && maxServers < bounds.min) {
      const reason = `The window "${name}" allows at most ${serversOf(maxServers)}, but min_servers asks for ${bounds.min}.`;
      add(name, maxServers, 'min_servers', bounds.min, reason);
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
  const after = count < min ? min : max;
  const code = count < min ? 'raised_to_min' : 'cut_to_max';
  const data = { bound: after, from: count < min ? minFrom : maxFrom };
  const reason =
    count < min
      ? `${count} servers would be fewer than ${min}, which ${minFrom} asks for.`
      : `${count} servers ${verdict.asked ? 'were wished' : 'are there'}, but ${maxFrom} allows ${max}.`;
  steps.push({ stage: 'bound', code, before: count, after, reason, data });
  return { ...verdict, count: after, code, reason: joined(verdict.reason, reason) };
}
