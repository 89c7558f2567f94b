import { useSyncExternalStore } from 'react';

/** The time zone in which times are shown. */
export type TimeZone = 'local' | 'utc';

const KEY = 'time-zone';
const listeners = new Set<() => void>();
let current: TimeZone = remembered();

function remembered(): TimeZone {
  try {
    return localStorage.getItem(KEY) === 'utc' ? 'utc' : 'local';
  } catch {
    // Without a browser, or where storage is switched off.
    return 'local';
  }
}

export function timeZone(): TimeZone {
  return current;
}

/** Remembered in this browser. */
export function setTimeZone(zone: TimeZone): void {
  current = zone;
  try {
    localStorage.setItem(KEY, zone);
  } catch {
    // It is kept until the page is left.
  }
  for (const listener of listeners) listener();
}

/** The chosen time zone; the component is drawn again when it changes. */
export function useTimeZone(): TimeZone {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, timeZone);
}

/** Name of the IANA database, as `Intl` expects it. */
export function zoneId(zone: TimeZone): string {
  return zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Difference to UTC at a time, as in RFC 3339: `+01:00`, `Z`. */
export function offsetAt(time: number, zone: TimeZone): string {
  const minutes = zone === 'utc' ? 0 : -new Date(time).getTimezoneOffset();
  if (minutes === 0) return 'Z';
  const of = (value: number): string => String(value).padStart(2, '0');
  const ahead = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${of(Math.floor(ahead / 60))}:${of(ahead % 60)}`;
}

/** `UTC`, or `Local (UTC+01:00)`. */
export function zoneWords(zone: TimeZone, now: number): string {
  if (zone === 'utc') return 'UTC';
  const offset = offsetAt(now, zone);
  return `Local (UTC${offset === 'Z' ? '' : offset.replace(/:00$/, '')})`;
}

/** RFC 3339 in the time zone: `2026-11-30T04:10:05+01:00`. */
export function timestampIn(time: number, zone: TimeZone): string {
  const offset = offsetAt(time, zone);
  const shift = zone === 'utc' ? 0 : -new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time + shift).toISOString().replace(/\.\d+Z$/, '') + offset;
}

/** A formatter in each time zone. */
export function inZones(options: Intl.DateTimeFormatOptions): (date: Date) => string {
  const local = new Intl.DateTimeFormat('en-GB', options);
  const utc = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
  return (date) => (current === 'utc' ? utc : local).format(date);
}
