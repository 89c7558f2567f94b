import { isSameMatcher, type Matcher, type ParsedQuery } from './parse.js';
import type { Member } from './merged-query.js';
import { type Template, templateOf } from './rewrite.js';

/** Queries that can be asked together. */
export interface MergePlan {
  readonly template: Template;
  readonly members: readonly Member[];
}

export interface Plans {
  readonly merged: readonly MergePlan[];
  /** Queries that are asked as they stand. */
  readonly single: readonly string[];
}

/** Finds which of the queries, all different, can be merged. */
export function planOf(queries: readonly ParsedQuery[]): Plans {
  const merged: MergePlan[] = [];
  const single: string[] = [];
  const open = [...grouped(queries, ({ shape }) => shape)];
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    const [first] = group;
    if (first === undefined) continue;
    const { template, labels, others } = openedFor(first, group);
    if (template === null) single.push(...group.map(({ text }) => text));
    // What cannot be merged over these labels may be for each of their values.
    else if (others.length > 0)
      open.push(...grouped(group, (query) => JSON.stringify(others.map((at) => query.matchers[at]?.value))));
    else merged.push({ template, members: group.map((query) => memberOf(query, labels)) });
  }
  return { merged, single };
}

interface Opened {
  /** `null`: the group cannot be merged. */
  readonly template: Template | null;
  /** Labels over which it is merged, with a place of each among the matchers. */
  readonly labels: ReadonlyMap<string, number>;
  /** Places that differ, too, and cannot be merged. */
  readonly others: readonly number[];
}

/** Takes as many of the labels in which the group differs as can be merged, those with the most values first. */
function openedFor(first: ParsedQuery, group: readonly ParsedQuery[]): Opened {
  const differing = first.matchers.flatMap((matcher, at) => {
    const values = new Set(group.map(({ matchers }) => matchers[at]?.value)).size;
    return values > 1 ? [{ label: matcher.label, at, values }] : [];
  });
  const byLabel = new Map<string, { places: number[]; values: number }>();
  for (const { label, at, values } of differing) {
    const known = byLabel.get(label);
    byLabel.set(label, { places: [...(known?.places ?? []), at], values: Math.max(known?.values ?? 0, values) });
  }
  let template: Template | null = null;
  let places: readonly number[] = [];
  const labels = new Map<string, number>();
  const others: number[] = [];
  for (const [label, { places: more }] of [...byLabel].toSorted(([, one], [, other]) => other.values - one.values)) {
    const tried = [...places, ...more];
    const matchers = tried.map((at) => first.matchers[at] as Matcher);
    const [one, ...same] = matchers.slice(places.length) as [Matcher, ...Matcher[]];
    const next = same.every((matcher) => isSameMatcher(one, matcher)) ? templateOf(first, matchers) : null;
    if (next === null) others.push(...more);
    else {
      [template, places] = [next, tried];
      labels.set(label, more[0] as number);
    }
  }
  return { template, labels, others };
}

function memberOf({ text, matchers }: ParsedQuery, labels: ReadonlyMap<string, number>): Member {
  const values = [...labels].map(([label, at]): [string, Matcher] => [label, matchers[at] as Matcher]);
  return { text, values: new Map(values) };
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
