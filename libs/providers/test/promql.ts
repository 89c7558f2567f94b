import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/** One value of a series at the present. */
export interface Datum {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
type Result = number | readonly Datum[];

const OF_GROUP: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  count: ({ length }) => length,
};
const OF_NUMBERS: Readonly<Record<string, (left: number, right: number) => number>> = {
  Add: (left, right) => left + right,
  Sub: (left, right) => left - right,
  Mul: (left, right) => left * right,
  Div: (left, right) => left / right,
};

/** Evaluates the part of PromQL that the tests use, over the data; `rate` and others are the value itself. @throws Error as Prometheus fails */
export function evaluate(text: string, data: readonly Datum[]): readonly Datum[] {
  const root = parser.parse(text).topNode.firstChild;
  const result = root === null ? 0 : resultOf(root, text, data);
  return typeof result === 'number' ? [{ labels: {}, value: result }] : result;
}

function resultOf(node: SyntaxNode, text: string, data: readonly Datum[]): Result {
  const parts = childrenOf(node);
  const textOf = ({ from, to }: SyntaxNode): string => text.slice(from, to);
  const of = (part: SyntaxNode | undefined): Result => resultOf(part!, text, data);
  switch (node.name) {
    case 'NumberDurationLiteral':
      return Number(textOf(node));
    case 'VectorSelector':
      return data.filter(({ labels }) => selectorOf(node, text).every((isMatch) => isMatch(labels)));
    case 'ParenExpr':
    case 'MatrixSelector':
      return of(parts[0]);
    case 'UnaryExpr':
      return mapped(of(parts[1]), (value) => -value);
    case 'FunctionCall':
      return mapped(of(childrenOf(parts[1])[0]), (value) => value);
    case 'AggregateExpr': {
      const input = of(childrenOf(parts.find(({ name }) => name === 'FunctionCallBody')).at(-1)) as readonly Datum[];
      const [word, grouping] = childrenOf(parts.find(({ name }) => name === 'AggregateModifier'));
      const names = childrenOf(grouping).map(textOf);
      const groupOf = ({ labels }: Datum): Datum['labels'] => {
        return word?.name === 'Without'
          ? picked(labels, (name) => !names.includes(name) && name !== '__name__')
          : picked(labels, (name) => names.includes(name));
      };
      return [...grouped(input, groupOf).values()].map((group) => ({
        labels: groupOf(group[0]!),
        value: OF_GROUP[textOf(parts[0]!)]!(group.map(({ value }) => value)),
      }));
    }
    case 'BinaryExpr': {
      const matching = childrenOf(parts.find(({ name }) => name === 'MatchingModifierClause'));
      return binary(parts[1]!.name, of(parts[0]), of(parts.at(-1)), {
        isOn: matching[0]?.name === 'On',
        names: childrenOf(matching[1]).map(textOf),
        many: matching.find(({ name }) => name.startsWith('Group') && name !== 'GroupingLabels')?.name,
      });
    }
    default:
      throw new Error(`not known: ${node.name}`);
  }
}

interface Matching {
  readonly isOn: boolean;
  readonly names: readonly string[];
  readonly many: string | undefined;
}

function binary(operator: string, left: Result, right: Result, { isOn, names, many }: Matching): Result {
  const compute = OF_NUMBERS[operator];
  if (typeof left === 'number' && typeof right === 'number') return compute!(left, right);
  if (typeof right === 'number')
    return operator === 'Gtr'
      ? (left as readonly Datum[]).filter(({ value }) => value > right)
      : mapped(left, (value) => compute!(value, right));
  if (typeof left === 'number') return mapped(right, (value) => compute!(left, value));
  const isMatched = (name: string): boolean =>
    isOn ? names.includes(name) : !names.includes(name) && name !== '__name__';
  const signatureOf = ({ labels }: Datum): Datum['labels'] => picked(labels, isMatched);
  const [ofLeft, ofRight] = [grouped(left, signatureOf), grouped(right, signatureOf)];
  const isIn = (groups: ReadonlyMap<string, unknown>) => (datum: Datum) => groups.has(keyOf(signatureOf(datum)));
  if (operator === 'Or') return [...left, ...right.filter((datum) => !isIn(ofLeft)(datum))];
  if (operator === 'And') return left.filter(isIn(ofRight));
  if (operator === 'Unless') return left.filter((datum) => !isIn(ofRight)(datum));
  const result: Datum[] = [];
  for (const [key, lefts] of ofLeft) {
    const rights = ofRight.get(key) ?? [];
    if (rights.length === 0) continue;
    if ((lefts.length > 1 && many !== 'GroupLeft') || (rights.length > 1 && many !== 'GroupRight'))
      throw new Error('many-to-many matching');
    for (const one of lefts)
      for (const other of rights) {
        const labels =
          many === undefined
            ? isOn
              ? signatureOf(one)
              : picked(one.labels, (name) => isMatched(name))
            : (many === 'GroupLeft' ? one : other).labels;
        result.push({ labels, value: compute!(one.value, other.value) });
      }
  }
  return mapped(result, (value) => value);
}

function selectorOf(node: SyntaxNode, text: string): readonly ((labels: Datum['labels']) => boolean)[] {
  return childrenOf(node).flatMap((part) => {
    if (part.name === 'Identifier')
      return [({ __name__: name }: Datum['labels']) => name === text.slice(part.from, part.to)];
    return childrenOf(part).map((matcher) => {
      const [label, operator, literal] = childrenOf(matcher).map(({ from, to }) => text.slice(from, to)) as [
        string,
        string,
        string,
      ];
      const value = JSON.parse(literal) as string;
      const isMatch = operator.endsWith('~')
        ? (own: string) => new RegExp(`^(?:${value})$`, 's').test(own)
        : (own: string) => own === value;
      return (labels: Datum['labels']) => isMatch(labels[label] ?? '') !== operator.startsWith('!');
    });
  });
}

/** What a function or an operator makes of each value; names of metrics are dropped. */
function mapped(result: Result, change: (value: number) => number): Result {
  if (typeof result === 'number') return change(result);
  const changed = result.map(({ labels, value }) => ({
    labels: picked(labels, (name) => name !== '__name__'),
    value: change(value),
  }));
  if (new Set(changed.map(({ labels }) => keyOf(labels))).size < changed.length)
    throw new Error('several series with the same labels');
  return changed;
}

function picked(labels: Datum['labels'], isPicked: (name: string) => boolean): Datum['labels'] {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => isPicked(name)));
}

function grouped(
  data: readonly Datum[],
  labelsOf: (datum: Datum) => Datum['labels'],
): ReadonlyMap<string, readonly Datum[]> {
  const groups = new Map<string, Datum[]>();
  for (const datum of data) groups.set(keyOf(labelsOf(datum)), [...(groups.get(keyOf(labelsOf(datum))) ?? []), datum]);
  return groups;
}

export function keyOf(labels: Datum['labels']): string {
  return JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function childrenOf(node: SyntaxNode | undefined): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling) children.push(child);
  return children;
}
