import type { Schema } from '../api/client';
import { pruned, type Value } from '../provider/schema';

export type Policy = Schema['PolicyDto'];
export type Definition = Pick<
  Schema['CreateClusterDto'],
  'name' | 'min_servers' | 'max_servers' | 'policy' | 'config' | 'cost' | 'provider'
>;

/** State of the form; fields may be empty while typing. */
export interface Draft {
  readonly name: string;
  readonly min: number | string;
  readonly max: number | string;
  readonly interval: string;
  /** Of a server hour. */
  readonly price: number | string;
  readonly currency: string;
  readonly policy: Policy;
  readonly provider: Value;
}

/** The form of a new cluster, without its provider. */
export const NEW_DRAFT: Omit<Draft, 'provider'> = {
  name: '',
  min: 2,
  max: 20,
  interval: '',
  price: '',
  currency: '',
  policy: { slo: { violations: '1%', max_utilization: '90%' } },
};

/** The initial form of each policy kind. */
export const FRESH: {
  readonly [Name in 'slo' | 'target_tracking' | 'threshold' | 'schedule']: NonNullable<Policy[Name]>;
} = {
  slo: { violations: '1%', max_utilization: '90%' },
  target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] },
  threshold: {},
  schedule: { windows: [{ name: 'weekday mornings', cron: '0 7 * * 1-5', duration: '3h', min_servers: 4 }] },
};

export type Kind = keyof typeof FRESH;

export const KINDS: readonly { readonly kind: Kind; readonly label: string; readonly about: string }[] = [
  {
    kind: 'slo',
    label: 'Service level',
    about: 'Say what share of requests may be slow or failed; the count is found from the cluster’s own past.',
  },
  {
    kind: 'target_tracking',
    label: 'Target tracking',
    about: 'Keeps a metric at a target, as the Kubernetes HPA does.',
  },
  {
    kind: 'threshold',
    label: 'Thresholds',
    about: 'Adds servers above a high mark and removes them below a low one, after it lasted, with cooldowns.',
  },
  {
    kind: 'schedule',
    label: 'Schedule',
    about: 'Other bounds at known times; together with the others it raises or caps what they ask for.',
  },
];

/** A copy without empty fields: an empty field means the service's default. */
export function withoutEmpty<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== '' && each !== undefined)) as T;
}

export function draftOf(cluster: Schema['ClusterDto']): Draft {
  return {
    name: cluster.name,
    min: cluster.min_servers,
    max: cluster.max_servers,
    interval: cluster.config.interval ?? '',
    price: cluster.cost?.per_server_hour ?? '',
    currency: cluster.cost?.currency ?? '',
    policy: cluster.policy,
    provider: cluster.provider,
  };
}

/** The request body. */
export function definitionOf(draft: Draft): Definition {
  return {
    name: draft.name.trim(),
    // An empty field is sent as it is: the service reports it together with the other errors.
    min_servers: draft.min as number,
    max_servers: draft.max as number,
    policy: policyOf(draft.policy),
    // The service knows the list of providers; an older page knows only some.
    provider: (pruned(draft.provider) ?? {}) as NonNullable<Definition['provider']>,
    // An empty interval removes the previous one.
    config: draft.interval.trim() === '' ? {} : { interval: draft.interval.trim() },
    cost: costOf(draft),
  };
}

/** Empty: the cost is not stated. */
function costOf({ price, currency }: Draft): NonNullable<Definition['cost']> {
  if (price === '' && currency.trim() === '') return {};
  return { ...(price === '' ? {} : { per_server_hour: Number(price) }), currency: currency.trim().toUpperCase() };
}

/** The changed parts of a draft, in the request format. */
export function changesOf(draft: Draft, before: Draft): Partial<ReturnType<typeof definitionOf>> {
  const was = definitionOf(before);
  const changed = Object.entries(definitionOf(draft)).filter(
    ([name, value]) => !isSame(value, was[name as keyof typeof was]),
  );
  return Object.fromEntries(changed);
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export function policyOf(policy: Policy): Policy {
  return {
    ...policy,
    ...(policy.slo === undefined ? {} : { slo: withoutEmpty(policy.slo) }),
    ...(policy.target_tracking === undefined ? {} : { target_tracking: withoutEmpty(policy.target_tracking) }),
    ...(policy.threshold === undefined ? {} : { threshold: withoutEmpty(policy.threshold) }),
    ...(policy.schedule === undefined
      ? {}
      : { schedule: { windows: policy.schedule.windows.map((window) => withoutEmpty(window)) } }),
  };
}

/** A share as typed in percent: `"1%"` and `0.01` as 1. */
export function percentField(value: string | number | undefined): number | string {
  if (value === undefined) return '';
  return typeof value === 'number' ? value * 100 : Number.parseFloat(value);
}
