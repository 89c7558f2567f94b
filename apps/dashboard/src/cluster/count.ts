import { counted, number } from '../layout/words';

/** A person's change of a count is asked about below half or above twice the present count. */
export function isLarge(from: number, to: number): boolean {
  return to < from / 2 || to > 2 * Math.max(1, from);
}

/** What a button does that changes the count: `3 → 200, +197 servers`. */
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
 * Why a count cannot be asked for, in the words of the form; `null`: it can.
 *
 * @param count as typed: a number, or text that is none
 */
export function whyNot(count: number | string, { min, max }: Bounds): string | null {
  if (typeof count !== 'number' || !Number.isInteger(count)) return 'Enter a whole number of servers.';
  if (count > max)
    return `At most ${number(max, 0)}, this cluster's maximum (max_servers). Raise it under Policy first.`;
  if (count < min)
    return `At least ${number(min, 0)}, this cluster's minimum (min_servers). Lower it under Policy first.`;
  return null;
}

/** The count that is left of `from` servers within bounds. */
export function within(from: number, { min, max }: Bounds): number {
  return Math.min(Math.max(from, min), max);
}
