import type { Schema } from '../api/client';
import type { LiveCluster } from '../live/live-cluster';

export type Overview = Schema['ClusterOverviewDto'];

/** How a cluster is, in one word; the order is that of urgency. */
export const CONDITIONS = ['error', 'silent', 'at_limit', 'scaling', 'held', 'paused', 'steady', 'new'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const CONDITION_WORDS: Readonly<Record<Condition, string>> = {
  error: 'Error',
  silent: 'No metrics',
  at_limit: 'At its limit',
  scaling: 'Scaling',
  held: 'Held by hand',
  paused: 'Paused',
  steady: 'Steady',
  new: 'No data yet',
};

/** What was loaded, with what was heard since. */
export interface Seen {
  readonly overview: Overview;
  readonly status: Overview['status'];
  readonly active: number | null;
  readonly provisioning: number;
  readonly draining: number;
  readonly min: number;
  readonly max: number;
  readonly desired: number | null;
  readonly cpu: number | null;
  readonly demand: number | null;
  readonly hold: Overview['hold'];
  readonly scaling: Overview['last_scaling'];
  readonly tickedAt: number | null;
  readonly condition: Condition;
}

type Declared = Pick<Overview, 'status' | 'min_servers' | 'max_servers' | 'hold'>;

/**
 * What somebody declared of a cluster, from whichever is newer: what was loaded or what was heard. One that is paused is not ticked, so that
 * nothing is heard of its being paused.
 *
 * @param loadedAt when it was loaded, by the clock of this browser (milliseconds since the epoch)
 */
export function declared(loaded: Declared, loadedAt: number, { state, stateAt }: LiveCluster): Declared {
  return state !== null && stateAt !== null && stateAt >= loadedAt ? state : loaded;
}

/** Ticks that may be missing before a cluster counts as silent. */
const SILENT_AFTER_MS = 60_000;

export function seen(overview: Overview, loadedAt: number, heard: LiveCluster, now: number): Seen {
  const own = declared(overview, loadedAt, heard);
  const { metrics, state, scaling } = heard;
  const tickedAt = heard.metricsAt ?? (overview.ticked_at === null ? null : Date.parse(overview.ticked_at));
  const known = {
    overview,
    status: own.status,
    active: metrics?.active ?? overview.servers?.active ?? null,
    provisioning: metrics?.provisioning ?? overview.servers?.provisioning ?? 0,
    draining: metrics?.draining ?? overview.servers?.draining ?? 0,
    min: own.min_servers,
    max: own.max_servers,
    desired: state?.desired ?? overview.desired_servers,
    cpu: metrics === null ? overview.cpu : (metrics.cpu?.mean ?? null),
    demand: metrics === null ? overview.demand : metrics.demand,
    hold: own.hold,
    scaling: scaling === null ? overview.last_scaling : { ...scaling },
    tickedAt,
  };
  return { ...known, condition: conditionOf(known, now) };
}

/** How a cluster is: the most urgent word that is true of it. */
export function conditionOf(
  known: Pick<Seen, 'status' | 'tickedAt' | 'active' | 'cpu' | 'hold' | 'provisioning' | 'draining' | 'max'>,
  now: number,
): Condition {
  if (known.status === 'error') return 'error';
  if (known.status === 'paused') return 'paused';
  if (known.tickedAt === null || known.active === null) return 'new';
  if (now - known.tickedAt > SILENT_AFTER_MS || known.cpu === null) return 'silent';
  if (known.hold !== null && Date.parse(known.hold.until) > now) return 'held';
  if (known.provisioning > 0 || known.draining > 0) return 'scaling';
  if (known.active >= known.max && known.cpu > 85) return 'at_limit';
  return 'steady';
}

/** What is left of what may be served badly, as a share of it: 1 is all of it, below 0 more was than was promised. */
export function budgetLeft({ promised, spent }: NonNullable<Overview['budget']>): number {
  return promised > 0 ? 1 - spent / promised : 0;
}

export type PromiseState = 'kept' | 'at_risk' | 'broken' | 'unknown' | 'none';

export const PROMISE_WORDS: Readonly<Record<PromiseState, string>> = {
  kept: 'Kept',
  at_risk: 'At risk',
  broken: 'Broken',
  unknown: 'Not known yet',
  none: 'None made',
};

/** Whether the service level that was promised is kept: at risk when the rest of the budget goes faster than it may. */
export function promiseState({ promise, budget }: Pick<Overview, 'promise' | 'budget'>): PromiseState {
  if (promise === null) return 'none';
  if (budget === null) return 'unknown';
  const left = budgetLeft(budget);
  if (left < 0) return 'broken';
  return left < 0.25 && budget.burn_rate > 1 ? 'at_risk' : 'kept';
}

export type SortKey = 'condition' | 'name' | 'servers' | 'demand' | 'cpu' | 'budget' | 'changed';

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

const VALUES: Readonly<Record<Exclude<SortKey, 'name'>, (cluster: Seen) => number>> = {
  condition: ({ condition }) => CONDITIONS.indexOf(condition),
  servers: ({ active }) => active ?? -1,
  demand: ({ demand }) => demand ?? -1,
  cpu: ({ cpu }) => cpu ?? -1,
  budget: ({ overview: { budget } }) => (budget === null ? Number.POSITIVE_INFINITY : budgetLeft(budget)),
  changed: ({ scaling }) => (scaling === null ? 0 : Date.parse(scaling.timestamp)),
};

/** Sorts, with names where the values are equal, so that an order does not depend on chance. */
export function sorted(clusters: readonly Seen[], { key, descending }: Sorting): Seen[] {
  const sign = descending ? -1 : 1;
  const byName = (a: Seen, b: Seen): number =>
    a.overview.name.localeCompare(b.overview.name, 'en', { numeric: true, sensitivity: 'base' });
  if (key === 'name') return clusters.toSorted((a, b) => sign * byName(a, b));
  const value = VALUES[key];
  return clusters.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    return left === right ? byName(a, b) : sign * (left < right ? -1 : 1);
  });
}

export type Filter = 'all' | 'attention' | 'scaling' | 'held' | 'paused';

const FILTERED: Readonly<Record<Exclude<Filter, 'all'>, readonly Condition[]>> = {
  attention: ['error', 'silent', 'at_limit'],
  scaling: ['scaling'],
  held: ['held'],
  paused: ['paused'],
};

export function passes(cluster: Seen, filter: Filter, search: string): boolean {
  if (search !== '') {
    const text = `${cluster.overview.name} ${cluster.overview.owner}`.toLowerCase();
    if (
      !search
        .toLowerCase()
        .split(/\s+/)
        .every((word) => text.includes(word))
    )
      return false;
  }
  if (filter === 'all') return true;
  if (filter === 'attention' && promiseState(cluster.overview) === 'broken') return true;
  return FILTERED[filter].includes(cluster.condition);
}
