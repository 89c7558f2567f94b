import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inZones, offsetAt, setTimeZone, timestampIn, timeZone, zoneWords } from './time-zone';

const AT = Date.parse('2026-11-30T23:10:05Z');

afterEach(() => setTimeZone('local'));

describe('a time zone', () => {
  it('is UTC, or that of the browser', () => {
    expect(timeZone()).toBe('local');
    setTimeZone('utc');
    expect(timeZone()).toBe('utc');
    expect(inZones({ hour: '2-digit', minute: '2-digit' })(new Date(AT))).toBe('23:10');
    expect([zoneWords('utc', AT), offsetAt(AT, 'utc')]).toEqual(['UTC', 'Z']);
    expect(zoneWords('local', AT)).toMatch(/^Local \(UTC([+-]\d\d(:\d\d)?)?\)$/);
  });

  it('does not change the time of a timestamp', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000;
        for (const zone of ['local', 'utc'] as const) expect(Date.parse(timestampIn(seconds, zone))).toBe(seconds);
      }),
    );
  });
});
