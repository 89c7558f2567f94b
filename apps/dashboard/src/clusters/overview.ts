import type { Schema } from '../api/client';
import type { LiveCluster } from '../live/live-cluster';

export type Overview = Schema['ClusterOverviewDto'];

/** State of a cluster from the service: the worst of its alerts, service level and condition. */
export type State = Overview['state'];

/** What a cluster without problems does. */
export type Activity = 'scaling' | 'held' | 'paused' | 'steady' | 'new';

/** Condition of a cluster in one word, in order of urgency. */
export const CONDITIONS = ['critical', 'attention', 'scaling', 'held', 'paused', 'steady', 'new'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const CONDITION_WORDS: Readonly<Record<Condition, string>> = {
  critical: 'Critical',
  attention: 'Attention',
  scaling: 'Scaling',
  held: 'Held by hand',
  paused: 'Paused',
  steady: 'Steady',
  new: 'No data yet',
};

/** Loaded data merged with live events. */
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
  readonly state: State;
  readonly activity: Activity;
  readonly condition: Condition;
}

type Declared = Pick<Overview, 'status' | 'min_servers' | 'max_servers' | 'hold'>;

/**
 * Whether live data is newer than what was loaded at `loadedAt`, by this browser's clock (milliseconds since the
 * epoch).
 */
function isNewer({ stateAt }: LiveCluster, loadedAt: number): boolean {
  return stateAt !== null && stateAt >= loadedAt;
}

/** The cluster's definition, loaded or live, whichever is newer. */
export function declared(loaded: Declared, loadedAt: number, heard: LiveCluster): Declared {
  return heard.state !== null && isNewer(heard, loadedAt) ? heard.state : loaded;
}

/** The cluster's state, loaded or live, whichever is newer. */
export function stateOf(loaded: State, loadedAt: number, heard: LiveCluster): State {
  return heard.state !== null && isNewer(heard, loadedAt) ? heard.state.state : loaded;
}

export function seen(overview: Overview, loadedAt: number, heard: LiveCluster, now: number): Seen {
  const own = declared(overview, loadedAt, heard);
  const { metrics, scaling } = heard;
  const tickedAt = heard.metricsAt ?? (overview.ticked_at === null ? null : Date.parse(overview.ticked_at));
  const known = {
    overview,
    status: own.status,
    active: metrics?.active ?? overview.servers?.active ?? null,
    provisioning: metrics?.provisioning ?? overview.servers?.provisioning ?? 0,
    draining: metrics?.draining ?? overview.servers?.draining ?? 0,
    min: own.min_servers,
    max: own.max_servers,
    desired: heard.state?.desired ?? overview.desired_servers,
    cpu: metrics === null ? overview.cpu : (metrics.cpu?.mean ?? null),
    demand: metrics === null ? overview.demand : metrics.demand,
    hold: own.hold,
    scaling: scaling === null ? overview.last_scaling : { ...scaling },
    tickedAt,
    state: stateOf(overview.state, loadedAt, heard),
  };
  const activity = activityOf(known, now);
  return { ...known, activity, condition: conditionOf(known.state, activity) };
}

/** The first activity that applies. */
export function activityOf(
  known: Pick<Seen, 'status' | 'tickedAt' | 'hold' | 'provisioning' | 'draining'>,
  now: number,
): Activity {
  if (known.status === 'paused') return 'paused';
  if (known.tickedAt === null) return 'new';
  if (known.hold !== null && Date.parse(known.hold.until) > now) return 'held';
  return known.provisioning > 0 || known.draining > 0 ? 'scaling' : 'steady';
}

/** Problems come before activity: no cluster is steady while it has a problem. */
export function conditionOf({ level }: State, activity: Activity): Condition {
  return level === 'ok' ? activity : level;
}

export type PromiseState = 'kept' | 'at_risk' | 'broken' | 'unknown' | 'none';

export const PROMISE_WORDS: Readonly<Record<PromiseState, string>> = {
  kept: 'Kept',
  at_risk: 'At risk',
  broken: 'Broken',
  unknown: 'Not known yet',
  none: 'None made',
};

/** Whether the service level is kept; at risk if the budget burns too fast. */
export function promiseState({ promise, budget }: Pick<Overview, 'promise' | 'budget'>): PromiseState {
  if (promise === null) return 'none';
  if (budget === null) return 'unknown';
  const { left } = budget;
  if (left < 0) return 'broken';
  return left < 0.25 && budget.burn_rate > 1 ? 'at_risk' : 'kept';
}

export type SortKey = 'urgency' | 'condition' | 'name' | 'servers' | 'demand' | 'cpu' | 'budget' | 'changed';

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

const LEVELS: readonly State['level'][] = ['critical', 'attention', 'ok'];

const VALUES: Readonly<Record<Exclude<SortKey, 'name'>, (cluster: Seen) => number>> = {
  urgency: ({ state }) => LEVELS.indexOf(state.level),
  condition: ({ condition }) => CONDITIONS.indexOf(condition),
  servers: ({ active }) => active ?? -1,
  demand: ({ demand }) => demand ?? -1,
  cpu: ({ cpu }) => cpu ?? -1,
  budget: ({ overview: { budget } }) => (budget === null ? Number.POSITIVE_INFINITY : budget.left),
  changed: ({ scaling }) => (scaling === null ? 0 : Date.parse(scaling.timestamp)),
};

/** Sorts, by name for equal values, so that the order is deterministic. */
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

export const FILTERS = ['all', 'attention', 'scaling', 'held', 'paused'] as const;
export type Filter = (typeof FILTERS)[number];

export function isIn({ state, activity }: Seen, filter: Filter): boolean {
  if (filter === 'all') return true;
  return filter === 'attention' ? state.level !== 'ok' : activity === filter;
}

/** Whether name or owner contains each word of the search. */
export function matches({ overview: { name, owner } }: Seen, search: string): boolean {
  const text = `${name} ${owner}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
