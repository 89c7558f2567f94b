import { counted, number } from '../layout/words';

/** A change below half or above twice the current count needs confirmation. */
export function isLarge(from: number, to: number): boolean {
  return to < from / 2 || to > 2 * Math.max(1, from);
}

/** Text of a button that changes the count: `3 → 200, +197 servers`. */
export function changeWords(from: number | null, to: number): string {
  if (from === null || from === to) return `Hold at ${counted(to, 'server')}`;
  const sign = to > from ? '+' : '−';
  return `${number(from, 0)} → ${number(to, 0)}, ${sign}${counted(Math.abs(to - from), 'server')}`;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/**
 * Why a count is invalid, as the form's message; `null`: it is valid.
 *
 * @param count as typed: a number, or any text
 */
export function whyNot(count: number | string, { min, max }: Bounds): string | null {
  if (typeof count !== 'number' || !Number.isInteger(count)) return 'Enter a whole number of servers.';
  if (count > max)
    return `At most ${number(max, 0)}, this cluster's maximum (max_servers). Raise it under Policy first.`;
  if (count < min)
    return `At least ${number(min, 0)}, this cluster's minimum (min_servers). Lower it under Policy first.`;
  return null;
}

/** The count of `from` servers after applying bounds. */
export function within(from: number, { min, max }: Bounds): number {
  return Math.min(Math.max(from, min), max);
}
