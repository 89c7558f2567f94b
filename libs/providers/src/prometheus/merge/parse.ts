import { parseDuration } from '#config';
import type { LRParser } from '@lezer/lr';
import type { SyntaxNode } from '@lezer/common';
import { type Pattern, patternOf } from './pattern.js';

/** A matcher `label="value"` or `label=~"pattern"` of a query. */
export interface Matcher {
  readonly label: string;
  readonly value: string;
  /** `null`: the label equals the value. */
  readonly pattern: Pattern | null;
  /** Where operator and value are in the text. */
  readonly from: number;
  readonly to: number;
}

export interface ParsedQuery {
  readonly text: string;
  /** The expression. */
  readonly root: SyntaxNode;
  /** Those whose series can be recognized by the label, in order of their place. */
  readonly matchers: readonly Matcher[];
  /** The text, where instead of the values of the matchers it says which are the same. Queries of the same shape differ in these values only. */
  readonly shape: string;
  /** The longest range that it looks back over, `[5m]`, milliseconds; 0: none. */
  readonly rangeMs: number;
}

const LABEL_MATCHER = 'UnquotedLabelMatcher';
const RANGES = ['MatrixSelector', 'SubqueryExpr'];
const DURATION = 'NumberDurationLiteralInDurationContext';
/** Units that Prometheus has and `parseDuration` has not, in days. */
const DAYS: Readonly<Record<string, number>> = { w: 7, y: 365 };

/** @returns `null` for what the grammar does not accept; Prometheus then says what is wrong with it */
export function parseQuery(parser: LRParser, text: string): ParsedQuery | null {
  const { topNode } = parser.parse(text);
  const matchers: Matcher[] = [];
  let isValid = true;
  let rangeMs = 0;
  topNode.cursor().iterate((node) => {
    if (node.type.isError) isValid = false;
    const matcher = node.name === LABEL_MATCHER ? matcherOf(node.node, text) : null;
    if (matcher !== null) matchers.push(matcher);
    if (RANGES.includes(node.name)) rangeMs = Math.max(rangeMs, rangeOf(node.node, text));
  });
  const root = topNode.firstChild;
  if (!isValid || root === null || root.nextSibling !== null) return null;
  return { text, root, matchers, shape: shapeOf(text, matchers), rangeMs };
}

/** `1h30m`, or a number of seconds. */
function rangeOf(node: SyntaxNode, text: string): number {
  // An expression of durations is not computed.
  const literal = node.getChild('DurationExpr')?.getChild(DURATION) ?? null;
  if (literal === null) return 0;
  const duration = text.slice(literal.from, literal.to);
  const seconds = Number(duration);
  if (Number.isFinite(seconds)) return 1000 * seconds;
  return parseDuration(duration.replaceAll(/(\d+)([wy])/g, (_, amount, unit) => `${Number(amount) * DAYS[unit]!}d`));
}

function matcherOf(node: SyntaxNode, text: string): Matcher | null {
  const [name, operator, literal] = childrenOf(node);
  if (name === undefined || operator === undefined || literal === undefined) return null;
  const kind = operator.firstChild?.name;
  const value = unquoted(text.slice(literal.from, literal.to));
  const label = text.slice(name.from, name.to);
  // An empty value also stands for series without the label.
  if (value === null || value === '' || label === '__name__') return null;
  const place = { label, value, from: operator.from, to: literal.to };
  if (kind === 'EqlSingle') return { ...place, pattern: null };
  const pattern = kind === 'EqlRegex' ? patternOf(value) : null;
  return pattern === null ? null : { ...place, pattern };
}

function shapeOf(text: string, matchers: readonly Matcher[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const matcher of matchers) {
    const operator = matcher.pattern === null ? '=' : '=~';
    const same = matchers.findIndex((other) => isSameMatcher(matcher, other));
    parts.push(text.slice(end, matcher.from), `\0${operator}${same}\0`);
    end = matcher.to;
  }
  return parts.join('') + text.slice(end);
}

export function isSameMatcher(one: Matcher, other: Matcher): boolean {
  return one.label === other.label && one.value === other.value && (one.pattern === null) === (other.pattern === null);
}

export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** What a string literal in double or single quotes contains; `null` where it has escapes other than those of a quote, `\` and a line's end. */
function unquoted(literal: string): string | null {
  const [quote] = literal;
  if (quote !== '"' && quote !== "'") return null;
  const inner = literal.slice(1, -1);
  if (!/^(?:[^\\]|\\["'\\n])*$/s.test(inner)) return null;
  return inner.replaceAll(/\\(["'\\n])/g, (_escape, char: string) => (char === 'n' ? '\n' : char));
}
