const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LARGEST_FIRST = Object.entries(UNITS).toReversed();
/** For JSON schema. */
export const DURATION_PATTERN = '^(0|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)$';
const DURATION = new RegExp(DURATION_PATTERN);
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** The format of a duration, for error messages. */
export const DURATION_FORM = 'a duration such as 500ms, 30s, 2m, 1h30m or 7d';

/**
 * Parses `500ms`, `30s`, `2m`, `1h30m`, `7d`. A bare `0` is allowed; other bare numbers are not, because their unit is
 * unclear.
 *
 * @returns whole milliseconds
 * @throws RangeError if `text` is not a duration
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (!DURATION.test(text)) throw new RangeError(`"${text}" is not ${DURATION_FORM}`);
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  return Math.round(total);
}

/** Formats milliseconds as `parseDuration` reads them: `90000` as `1m30s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`${ms} ms is not a duration`);
  let rest = Math.round(ms);
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of LARGEST_FIRST) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

const WORDS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A duration for people, in at most two units, rounded up to the smaller one: `49 s`, `3 min 20 s`, `1 h 59 min`. */
export function durationWords(ms: number): string {
  const seconds = Math.max(1000, Math.ceil(ms / 1000) * 1000);
  const first = WORDS.findIndex(([, size]) => seconds >= size);
  const [, smallest] = WORDS[Math.min(first + 1, WORDS.length - 1)] ?? WORDS[3];
  let rest = Math.ceil(seconds / smallest) * smallest;
  return WORDS.flatMap(([unit, size]) => {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    return amount === 0 ? [] : [`${amount} ${unit}`];
  }).join(' ');
}
