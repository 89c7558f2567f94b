/** The headline of a decision's reason: its first line. */
export function headlineOf(reason: string): string {
  return reason.split('\n', 1)[0] ?? '';
}

/** What is behind the headline; empty: nothing, as in decisions of an older version. */
export function behindOf(reason: string): string {
  return inOneLine(reason.slice(headlineOf(reason).length + 1));
}

/** Headline and what is behind it, for a place with one line. */
export function inOneLine(reason: string): string {
  return reason.replaceAll('\n', ' ');
}
