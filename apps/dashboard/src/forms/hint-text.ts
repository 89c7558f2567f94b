/** What the service requires of a field. */
export interface Rule {
  readonly description?: string;
  /** Characters. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The value must be greater, such as `0%`. */
  readonly above?: string;
  /** Durations such as `10s`, or shares such as `50%`. */
  readonly shortest?: string;
  readonly longest?: string;
}

/**
 * A rule in words: `3 to 50 characters: letters, digits and underscores`.
 *
 * @param note takes the place of the rule's description
 */
export function hintText(rule: Rule, note = rule.description): string | undefined {
  const { minLength, maxLength, minimum, maximum, above, shortest, longest } = rule;
  const length = range(minLength, maxLength);
  const values = range(minimum, maximum) ?? (above === undefined ? range(shortest, longest) : aboveTo(above, longest));
  const allowed = length === null ? values : `${length} characters`;
  // That a text must not be very long is the least of its rules.
  const parts = minLength === undefined && length !== null ? [note, allowed] : [allowed, note];
  const hint = parts.filter((part) => part !== null && part !== undefined && part !== '');
  const text = hint.join(parts[0] === note ? '; ' : ': ');
  return text === '' ? undefined : text.charAt(0).toUpperCase() + text.slice(1);
}

function range(least: number | string | undefined, most: number | string | undefined): string | null {
  if (least !== undefined && most !== undefined) return `${wordOf(least)} to ${wordOf(most)}`;
  if (most !== undefined) return `at most ${wordOf(most)}`;
  return least === undefined ? null : `at least ${wordOf(least)}`;
}

function aboveTo(above: string, most: string | undefined): string {
  return `above ${wordOf(above)}${most === undefined ? '' : `, at most ${wordOf(most)}`}`;
}

function wordOf(bound: number | string): string {
  return typeof bound === 'string'
    ? bound.replace(/%$/, ' %')
    : bound.toLocaleString('en-US', { maximumFractionDigits: 6 });
}
