import type { MetricName } from './types.js';

/** Names of metrics in sentences. */
export const METRIC_WORD: Readonly<Record<MetricName, string>> = {
  cpu: 'CPU',
  memory: 'memory',
  request_rate: 'requests',
};

/** `1 server`, `6.7 servers`, `320 servers`. */
export function serversOf(count: number): string {
  return plural(count, 'server');
}

/** `1 change`, `12 changes`. */
export function plural(count: number, noun: string): string {
  const text = amount(count);
  return `${text} ${text === '1' ? noun : `${noun}s`}`;
}

/** One decimal; an integer from 100 on. */
export function amount(value: number): string {
  return String(Math.abs(value) < 100 ? Math.round(value * 10) / 10 : Math.round(value));
}

/** Percent as an integer; two significant digits below 10, so that small shares differ from zero. */
export function percent(value: number): string {
  return `${Math.abs(value) < 9.95 ? Number(value.toPrecision(2)) : Math.round(value)} %`;
}

/** A share (1 is 100 %) as percent. */
export function share(value: number): string {
  return percent(100 * value);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** At most two units: `49 s`, `3 min 20 s`, `45 min`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < MINUTE - SECOND / 2) return `${Math.round(ms / SECOND)} s`;
  if (ms < 10 * MINUTE - SECOND / 2) return inTwo(ms, MINUTE, 'min', SECOND, 's');
  if (ms < HOUR - MINUTE / 2) return `${Math.round(ms / MINUTE)} min`;
  if (ms < DAY - MINUTE / 2) return inTwo(ms, HOUR, 'h', MINUTE, 'min');
  return inTwo(ms, DAY, 'd', HOUR, 'h');
}

function inTwo(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const whole = Math.round(ms / small);
  const perLarge = large / small;
  const rest = whole % perLarge;
  return `${Math.floor(whole / perLarge)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

/** Why a stabilization window still holds the count that it started with. */
export function watchedFor(ms: number): string {
  return ms < SECOND ? 'watching the load has just begun' : `the load has been watched for only ${duration(ms)}`;
}

/**
 * A sentence for people: the headline on its first line, with at most two numbers, and what is behind it on the second.
 */
export function headed(headline: string, ...behind: readonly string[]): string {
  const more = behind.filter((text) => text !== '').map(inOneLine);
  return more.length === 0 ? headline : `${headline}\n${more.join(' ')}`;
}

/** The headline of a sentence for people. */
export function headlineOf(text: string): string {
  return text.split('\n', 1)[0]!;
}

/** What is behind the headline of a sentence for people; empty: nothing. */
export function behindOf(text: string): string {
  return inOneLine(text.slice(headlineOf(text).length + 1));
}

/** Headline and what is behind it, for a place with one line. */
export function inOneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}

/** With a small first letter. */
export function uncapital(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Capitalizes the first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
