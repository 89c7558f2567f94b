import type { SyntaxNode } from '@lezer/common';
import { childrenOf, type Matcher, type ParsedQuery } from './parse.js';

/** A query whose values of some labels are open. */
export interface Template {
  /** @param matcherOf operator and value to put in for a label */
  readonly render: (matcherOf: (label: string) => string) => string;
  /** Those of the labels that series of the query itself have, too; the others are there only in the merged result. */
  readonly kept: ReadonlySet<string>;
}

/** What a part of a query returns. */
type Part =
  | { readonly kind: 'scalar' }
  /** The same for every value of the labels. `isPlain`: its series has no labels. */
  | { readonly kind: 'constant'; readonly isPlain: boolean }
  /** In the merged query each series has all the labels. `kept`: those that it has in the query itself. `isPlain`: it has no labels there. */
  | { readonly kind: 'open'; readonly isPlain: boolean; readonly kept: ReadonlySet<string> };

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string | { readonly label: string };
}

/** Aggregations whose groups do not affect each other. */
const AGGREGATIONS: ReadonlySet<string> = new Set([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'stddev',
  'stdvar',
  'group',
  'quantile',
]);
/** Functions that treat each series by itself and keep its labels. */
const PER_SERIES: ReadonlySet<string> = new Set(
  (
    'abs ceil floor round sgn sqrt exp ln log2 log10 clamp clamp_max clamp_min timestamp ' +
    'rate irate increase delta idelta deriv predict_linear changes resets ' +
    'avg_over_time min_over_time max_over_time sum_over_time count_over_time last_over_time present_over_time ' +
    'stddev_over_time stdvar_over_time quantile_over_time histogram_quantile'
  ).split(' '),
);
const SCALARS: ReadonlySet<string> = new Set(['scalar', 'time', 'pi']);
const SETS: ReadonlySet<string> = new Set(['Or', 'And', 'Unless']);
const ARITHMETIC: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Pow']);
const COMPARISONS: ReadonlySet<string> = new Set(['Eql', 'EqlC', 'EqlSingle', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte']);

/** What stands beside an expression: ranges and offsets. */
const BESIDE: ReadonlySet<string> = new Set(['DurationExpr', 'Offset', 'OffsetDurationExpr']);

/** That it cannot be shown that the merged query returns the same. */
class NotMergeable extends Error {}

/**
 * Rewrites a query so that several values of labels can be put in, and each series of the result says by these labels for which values it
 * is. Everything that may not return the same for each value is refused.
 *
 * @param open matchers whose values are open: for each label the same value throughout the query
 * @returns `null` if it is refused
 */
export function templateOf(query: ParsedQuery, open: readonly Matcher[]): Template | null {
  try {
    const rewriter = new Rewriter(query, open);
    const result = rewriter.read(query.root);
    return result.kind === 'open' ? { kept: result.kept, render: rewriter.rendered() } : null;
  } catch (error) {
    if (error instanceof NotMergeable) return null;
    throw error;
  }
}

class Rewriter {
  private readonly edits: Edit[] = [];
  private readonly labels: ReadonlySet<string>;
  /** Labels with a regular expression: series of different values must stay apart, or values of several servers would be mixed. */
  private readonly apart: ReadonlySet<string>;

  constructor(
    private readonly query: ParsedQuery,
    private readonly open: readonly Matcher[],
  ) {
    this.labels = new Set(open.map(({ label }) => label));
    this.apart = new Set(open.filter(({ pattern }) => pattern !== null).map(({ label }) => label));
  }

  rendered(): Template['render'] {
    const { text } = this.query;
    const edits = this.edits.toSorted((one, other) => one.from - other.from);
    return (matcherOf) => {
      const parts: string[] = [];
      let end = 0;
      for (const edit of edits) {
        parts.push(text.slice(end, edit.from), typeof edit.text === 'string' ? edit.text : matcherOf(edit.text.label));
        end = edit.to;
      }
      return parts.join('') + text.slice(end);
    };
  }

  read(node: SyntaxNode): Part {
    const children = childrenOf(node);
    switch (node.name) {
      case 'NumberDurationLiteral':
        return { kind: 'scalar' };
      case 'VectorSelector':
        return this.selector(node);
      case 'ParenExpr':
      case 'MatrixSelector':
      case 'OffsetExpr':
      case 'SubqueryExpr':
        return this.read(only(children.filter(isExpression)));
      case 'UnaryExpr':
        return this.read(only(children.slice(1)));
      case 'AggregateExpr':
        return this.aggregation(children);
      case 'FunctionCall':
        return this.call(children);
      case 'BinaryExpr':
        return this.binary(children);
      default:
        throw new NotMergeable();
    }
  }

  private selector({ from, to }: SyntaxNode): Part {
    const matchers = this.open.filter((matcher) => matcher.from >= from && matcher.to <= to);
    const labels = new Set(matchers.map(({ label }) => label));
    if (labels.size === 0) return { kind: 'constant', isPlain: false };
    if (labels.size < this.labels.size) throw new NotMergeable();
    for (const { label, from: start, to: end } of matchers) this.edits.push({ from: start, to: end, text: { label } });
    return { kind: 'open', isPlain: false, kept: labels };
  }

  private aggregation(children: readonly SyntaxNode[]): Part {
    const [operator, ...others] = children;
    const modifier = others.find(({ name }) => name === 'AggregateModifier');
    const body = others.find(({ name }) => name === 'FunctionCallBody');
    if (operator === undefined || body === undefined || !AGGREGATIONS.has(this.textOf(operator).toLowerCase()))
      throw new NotMergeable();
    const input = this.series(childrenOf(body));
    const [word, grouping] = modifier === undefined ? [] : childrenOf(modifier);
    const labels = grouping === undefined ? [] : this.labelsOf(grouping);
    if (word?.name === 'Without') {
      if (labels.some((label) => this.labels.has(label))) throw new NotMergeable();
      return { ...input, isPlain: false };
    }
    const isPlain = labels.length === 0;
    if (input.kind === 'constant') return { kind: 'constant', isPlain };
    if (grouping === undefined)
      this.edits.push({ from: operator.to, to: operator.to, text: ` by (${[...this.labels].join(', ')})` });
    else this.group(grouping, labels);
    return { kind: 'open', isPlain, kept: this.keptIn(input.kept, labels) };
  }

  private call(children: readonly SyntaxNode[]): Part {
    const [identifier, body] = children;
    if (identifier === undefined || body === undefined) throw new NotMergeable();
    const name = this.textOf(identifier);
    const given = childrenOf(body).map((argument) => this.read(argument));
    if (given.every(({ kind }) => kind !== 'open'))
      return SCALARS.has(name) ? { kind: 'scalar' } : { kind: 'constant', isPlain: name === 'vector' };
    const series = given.filter(({ kind }) => kind !== 'scalar');
    const [input] = series;
    if (series.length !== 1 || input?.kind !== 'open' || !PER_SERIES.has(name)) throw new NotMergeable();
    // It merges the series of a histogram by this label.
    if (name === 'histogram_quantile' && this.labels.has('le')) throw new NotMergeable();
    return input;
  }

  private binary(children: readonly SyntaxNode[]): Part {
    const [first, operator, ...others] = children;
    const second = others.pop();
    if (first === undefined || operator === undefined || second === undefined) throw new NotMergeable();
    const isSet = SETS.has(operator.name);
    const isArithmetic = ARITHMETIC.has(operator.name);
    if (!isSet && !isArithmetic && !COMPARISONS.has(operator.name)) throw new NotMergeable();
    const matching = others.find(({ name }) => name === 'MatchingModifierClause');
    const [left, right] = [this.read(first), this.read(second)];
    if (left.kind !== 'open' && right.kind !== 'open') return constantOf(left, right);
    if (left.kind === 'open' && right.kind === 'open') {
      if (!isSame(left.kept, right.kept)) throw new NotMergeable();
      const isPlain = left.isPlain && right.isPlain;
      return matching === undefined ? { ...left, isPlain } : this.matched(left.kept, childrenOf(matching), isSet);
    }
    const [open, other] = left.kind === 'open' ? [left, right] : [right, left];
    if (open.kind !== 'open' || matching !== undefined) throw new NotMergeable();
    if (other.kind === 'scalar') return open;
    // One series without labels beside one for each value.
    if (!isArithmetic || !open.isPlain || other.kind !== 'constant' || !other.isPlain) throw new NotMergeable();
    const side = open === left ? 'group_left' : 'group_right';
    this.edits.push({ from: operator.to, to: operator.to, text: ` on () ${side} ()` });
    return open;
  }

  /** Both sides with `on` or `ignoring`. */
  private matched(kept: ReadonlySet<string>, clause: readonly SyntaxNode[], isSet: boolean): Part {
    const [word, grouping, ...more] = clause;
    if (grouping === undefined || more.length > 0) throw new NotMergeable();
    const labels = this.labelsOf(grouping);
    if (word?.name !== 'On') {
      if (labels.some((label) => this.labels.has(label))) throw new NotMergeable();
      return { kind: 'open', isPlain: false, kept };
    }
    this.group(grouping, labels);
    const remaining = this.keptIn(kept, labels);
    return { kind: 'open', isPlain: false, kept: isSet ? kept : remaining };
  }

  /** Adds the labels to those of a grouping. */
  private group({ from, to }: SyntaxNode, labels: readonly string[]): void {
    const all = [...new Set([...labels, ...this.labels])];
    this.edits.push({ from, to, text: `(${all.join(', ')})` });
  }

  private keptIn(kept: ReadonlySet<string>, labels: readonly string[]): ReadonlySet<string> {
    const remaining = new Set(labels.filter((label) => kept.has(label)));
    for (const label of this.apart) if (!remaining.has(label)) throw new NotMergeable();
    return remaining;
  }

  /** The only argument that is no number. */
  private series(given: readonly SyntaxNode[]): Exclude<Part, { kind: 'scalar' }> {
    const [input, ...others] = given.map((argument) => this.read(argument)).filter(({ kind }) => kind !== 'scalar');
    if (input === undefined || input.kind === 'scalar' || others.length > 0) throw new NotMergeable();
    return input;
  }

  private labelsOf(grouping: SyntaxNode): readonly string[] {
    return childrenOf(grouping).map((label) => {
      if (label.name !== 'LabelName') throw new NotMergeable();
      return this.textOf(label);
    });
  }

  private textOf({ from, to }: SyntaxNode): string {
    return this.query.text.slice(from, to);
  }
}

function constantOf(left: Part, right: Part): Part {
  if (left.kind === 'scalar' && right.kind === 'scalar') return left;
  const isPlain = [left, right].every((part) => part.kind === 'scalar' || part.isPlain);
  return { kind: 'constant', isPlain };
}

function isExpression({ name }: SyntaxNode): boolean {
  return !BESIDE.has(name);
}

function only(nodes: readonly SyntaxNode[]): SyntaxNode {
  const [node, ...others] = nodes;
  if (node === undefined || others.length > 0) throw new NotMergeable();
  return node;
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((label) => other.has(label));
}
