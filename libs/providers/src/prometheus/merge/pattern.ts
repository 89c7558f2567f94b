/** A regular expression of a matcher that is a literal text followed by a simple rest. */
export interface Pattern {
  /** The literal text, escaped as in the expression. */
  readonly escaped: string;
  /** The literal text that each match begins with. */
  readonly prefix: string;
  readonly rest: string;
  /** Matches what Prometheus matches. */
  readonly test: RegExp;
}

/**
 * The rest may be parts of names of pods, or anything. These mean the same in RE2 and here, and take linear time here: what one of them
 * repeats does not match what follows.
 */
const PART = String.raw`-\[a-z0-9\](?:[+*]|\{\d{1,2}\})?`;
const POD = String.raw`-\(\[a-z0-9\]\{1,10\}-\)\?\[a-z0-9\]\{1,5\}`;
const SIMPLE = new RegExp(String.raw`^((?:[\w:/@%-]|\\[\\^$.|?*+()[\]{}])*?)((?:${PART}){1,3}|${POD}|-?\.[*+]|)$`);

/** @returns `null` for any other expression */
export function patternOf(expression: string): Pattern | null {
  const [, escaped, rest] = SIMPLE.exec(expression) ?? [];
  if (escaped === undefined || rest === undefined) return null;
  const prefix = escaped.replaceAll(/\\(.)/g, '$1');
  return { escaped, prefix, rest, test: new RegExp(`^(?:${expression})$`, 's') };
}

/** An expression that matches what one of the patterns matches. */
export function anyOf(patterns: readonly Pattern[]): string {
  const byRest = new Map<string, Set<string>>();
  for (const { escaped, rest } of patterns) {
    const texts = byRest.get(rest);
    if (texts === undefined) byRest.set(rest, new Set([escaped]));
    else texts.add(escaped);
  }
  return [...byRest].map(([rest, texts]) => `(?:${[...texts].join('|')})${rest}`).join('|');
}
