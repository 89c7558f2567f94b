import type { Point } from '../prometheus.client.js';
import { literal, quoted } from '../prometheus.presets.js';
import type { Matcher } from './parse.js';
import { anyOf } from './pattern.js';
import type { Template } from './rewrite.js';

/** A query, and its values of the labels in which it differs from the others that it is merged with. */
export interface Member {
  readonly text: string;
  /** By label. */
  readonly values: ReadonlyMap<string, Matcher>;
}

/** The query that asks what all members ask. */
export function mergedText({ render }: Template, members: readonly Member[]): string {
  return render((label) => `=~${quoted(alternatives(members.map(({ values }) => values.get(label) as Matcher)))}`);
}

function alternatives(values: readonly Matcher[]): string {
  const patterns = values.flatMap(({ pattern }) => (pattern === null ? [] : [pattern]));
  if (patterns.length > 0) return anyOf(patterns);
  return [...new Set(values.map(({ value }) => literal(value)))].join('|');
}

/** What each member, by its text, would have returned by itself; nothing where there is no series for it. */
export function splitAnswer(
  { kept }: Pick<Template, 'kept'>,
  members: readonly Member[],
  points: readonly Point[],
): ReadonlyMap<string, readonly Point[]> {
  const answers = new Map<string, Point[]>(members.map(({ text }) => [text, []]));
  const index = new MemberIndex(members);
  const added = [...index.labels].filter((label) => !kept.has(label));
  for (const point of points) {
    const own = added.length === 0 ? point : { ...point, labels: without(point.labels, added) };
    for (const { text } of index.find(point.labels)) answers.get(text)?.push(own);
  }
  return answers;
}

function without(labels: Point['labels'], added: readonly string[]): Point['labels'] {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => !added.includes(label)));
}

/** Finds the members that a series is for without trying each: by equal values and by what the pattern begins with. */
class MemberIndex {
  readonly labels: ReadonlySet<string>;
  private readonly equal: readonly string[];
  private readonly matched: readonly string[];
  private readonly lengths: readonly number[];
  private readonly members = new Map<string, Member[]>();

  constructor(members: readonly Member[]) {
    const entries = [...(members[0]?.values ?? [])];
    this.labels = new Set(entries.map(([label]) => label));
    this.equal = entries.flatMap(([label, { pattern }]) => (pattern === null ? [label] : []));
    this.matched = entries.flatMap(([label, { pattern }]) => (pattern === null ? [] : [label]));
    const lengths = new Set<number>();
    for (const member of members) {
      const prefix = this.prefixOf(member);
      lengths.add(prefix.length);
      const key = keyOf(
        this.equal.map((label) => member.values.get(label)?.value ?? ''),
        prefix,
      );
      const others = this.members.get(key);
      if (others === undefined) this.members.set(key, [member]);
      else others.push(member);
    }
    this.lengths = [...lengths];
  }

  find(labels: Point['labels']): readonly Member[] {
    const equal = this.equal.map((label) => labels[label] ?? '');
    const [first] = this.matched;
    const text = first === undefined ? '' : (labels[first] ?? '');
    return this.lengths
      .filter((length) => length <= text.length)
      .flatMap((length) => this.members.get(keyOf(equal, text.slice(0, length))) ?? [])
      .filter(({ values }) =>
        this.matched.every((label) => values.get(label)?.pattern?.test.test(labels[label] ?? '')),
      );
  }

  private prefixOf({ values }: Member): string {
    const [first] = this.matched;
    return first === undefined ? '' : (values.get(first)?.pattern?.prefix ?? '');
  }
}

function keyOf(equal: readonly string[], prefix: string): string {
  return JSON.stringify([...equal, prefix]);
}
