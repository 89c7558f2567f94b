export type Json = Readonly<Record<string, unknown>>;

/** Parses a JSON object or array; `null` for anything else. */
export function jsonOf(text: string): Json | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}

/** Missing is unknown; anything but a number becomes NaN, so that it is refused and counted instead of ignored. */
export function numberOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' ? value : Number.NaN;
}

/** Milliseconds since the epoch of an RFC 3339 time; `null` if it is none. */
export function timeOf(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
