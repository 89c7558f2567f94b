import { inZones } from './time-zone';

/** A missing value. */
const UNKNOWN = '–';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something has lasted, in one whole unit from a second up: `1 s`, `12 s`, `3 min`. */
export function lasted(ms: number): string {
  return span(Math.max(SECOND, Math.round(ms / SECOND) * SECOND));
}

/** `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`. */
export function ago(time: number | string, now: number): string {
  const ms = now - (typeof time === 'string' ? Date.parse(time) : time);
  if (ms < 2 * SECOND) return 'just now';
  return `${lasted(ms)} ago`;
}

/** A duration in one whole unit: `2.5 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${number(ms / SECOND, ms < 10 * SECOND ? 1 : 0)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** A duration in up to two units: `2.5 s`, `1 min 20 s`, `3 min`, `1 h 5 min`, `2 d 3 h`. */
export function duration(ms: number): string {
  if (ms < MINUTE) return span(ms);
  const [large, small, words] =
    ms < HOUR
      ? ([MINUTE, SECOND, ['min', 's']] as const)
      : ms < DAY
        ? ([HOUR, MINUTE, ['h', 'min']] as const)
        : ([DAY, HOUR, ['d', 'h']] as const);
  const rounded = Math.round(ms / small) * small;
  const rest = (rounded % large) / small;
  return `${Math.floor(rounded / large)} ${words[0]}${rest === 0 ? '' : ` ${rest} ${words[1]}`}`;
}

/** A duration without parts of a second, as the sentences of decisions state it. */
export function inSeconds(ms: number): string {
  return ms < SECOND / 2 ? '0 s' : duration(Math.round(ms / SECOND) * SECOND);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Milliseconds of a duration in the service's format: `2s509ms`, `1.5h`; NaN if invalid. */
export function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.trim()) return Number.NaN;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? Number.NaN), 0);
}

/** At most `digits` decimals, and no sign if the rounded value is 0; `–` for a missing value. */
export function number(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  return value.toLocaleString('en', { maximumFractionDigits: digits, signDisplay: 'negative' });
}

/** A value in percent, such as a utilization: `68` as `68 %`. */
export function inPercent(value: number | null | undefined, digits = 0): string {
  const words = number(value, digits);
  return words === UNKNOWN ? words : `${words} %`;
}

/** A share as percent: `0.012` as `1.2 %`. */
export function percent(share: number | null | undefined, digits = 1): string {
  return inPercent(share === null || share === undefined ? share : share * 100, digits);
}

/** Words for an equal, a smaller and a larger amount. */
const AMOUNTS = ['as much', 'less', 'more'] as const;

/** An amount against another: `as much`, `4 % less`, `12 % more`, and from twice as much on `96.2 times as much`. */
export function against(
  multiple: number,
  [same, less, more]: readonly [same: string, less: string, more: string] = AMOUNTS,
): string {
  const by = inPercent(100 * Math.abs(multiple - 1));
  if (by === inPercent(0)) return same;
  if (multiple >= 2) return `${number(multiple)} times ${same}`;
  return `${by} ${multiple < 1 ? less : more}`;
}

/** `1 server`, `3 servers`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count, 0)} ${count === 1 ? one : many}`;
}

const CLOCK = inZones({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE = inZones({ day: 'numeric', month: 'short' });
const DAY_OF_YEAR = inZones({ dateStyle: 'short' });

/** The time of day, with the date unless it is today; in the chosen time zone. */
export function moment(time: number | string, now = Date.now()): string {
  const date = new Date(time);
  const clock = CLOCK(date);
  return DAY_OF_YEAR(new Date(now)) === DAY_OF_YEAR(date) ? clock : `${DATE(date)}, ${clock}`;
}

/** `10:00:00 to 11:00:00`; with the date of both, unless both are today. */
export function period(from: number | string, to: number | string, now = Date.now()): string {
  const dates = [from, to].map((time) => new Date(time));
  const today = DAY_OF_YEAR(new Date(now));
  const isToday = dates.every((date) => DAY_OF_YEAR(date) === today);
  return dates.map((date) => (isToday ? CLOCK(date) : `${DATE(date)}, ${CLOCK(date)}`)).join(' to ');
}

const POLICY_NAMES: Readonly<Record<string, string>> = {
  slo: 'service level',
  target_tracking: 'target tracking',
  threshold: 'thresholds',
  schedule: 'schedule',
  hold: 'held by hand',
  none: 'no policy',
};

export function policyName(kind: string): string {
  return POLICY_NAMES[kind] ?? kind;
}
