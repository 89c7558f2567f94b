import { parseDuration } from '#config';
import type { DurationDraw } from '#world';

/** The format of a duration, for error messages. */
export const DURATION_FORM = 'a number of seconds, or a text such as 500ms, 30s, 5m or 1h30m';
export const DRAW_FORM = '120s (always), 90s..150s (evenly between) or 120s~20% (around it, with that spread)';

/**
 * Milliseconds of a duration from the wire or the command line: a number of seconds, or a text with units.
 * @returns `null` if it is neither
 */
export function durationMs(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value * 1000 : null;
  if (typeof value !== 'string') return null;
  try {
    return parseDuration(value);
  } catch {
    return null;
  }
}

/**
 * The distribution of a duration, in the format `DRAW_FORM`.
 * @returns `null` for any other text
 */
export function durationDraw(text: unknown): DurationDraw | null {
  if (typeof text !== 'string') return null;
  const spread = /^(.+)~(\d+(?:\.\d+)?)%$/.exec(text);
  if (spread) {
    const medianMs = durationMs(spread[1]);
    return medianMs === null ? null : { kind: 'lognormal', medianMs, spread: Number(spread[2]) / 100 };
  }
  const [from, to, ...rest] = text.split('..');
  if (to === undefined) {
    const ms = durationMs(from);
    return ms === null ? null : { kind: 'fixed', ms };
  }
  const [minMs, maxMs] = [durationMs(from), durationMs(to)];
  if (minMs === null || maxMs === null || maxMs < minMs || rest.length > 0) return null;
  return { kind: 'uniform', minMs, maxMs };
}
