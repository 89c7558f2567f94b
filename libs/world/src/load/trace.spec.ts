import { describe, expect, it } from '@jest/globals';
import { parseTrace, TraceError, traceLengthMs, traceMean, traceOf, traceQuantile, traceValueAt } from './trace.js';

const START = Date.parse('2000-01-03T00:00:00Z');
const MINUTE = 60_000;
const csv = (...lines: string[]) => ['timestamp,value', ...lines, ''].join('\n');

describe('parseTrace', () => {
  it('reads timestamps and values', () => {
    const trace = parseTrace('t', csv('2000-01-03T00:00:00Z,10', '2000-01-03T00:01:00Z,20'));
    expect([...trace.times]).toEqual([START, START + MINUTE]);
    expect([...trace.values]).toEqual([10, 20]);
    expect(trace.stepMs).toBe(MINUTE);
    expect(traceLengthMs(trace)).toBe(2 * MINUTE);
  });

  it('interpolates linearly over gaps and holds the nearest value at the ends', () => {
    const text = csv(
      '2000-01-03T00:00:00Z,',
      '2000-01-03T00:01:00Z,10',
      '2000-01-03T00:02:00Z,',
      '2000-01-03T00:03:00Z,',
      '2000-01-03T00:04:00Z,40',
      '2000-01-03T00:05:00Z,',
    );
    const trace = parseTrace('t', text);
    expect([...trace.values]).toEqual([10, 10, 20, 30, 40, 40]);
    expect([...trace.gaps]).toEqual([1, 0, 1, 1, 0, 1]);
  });

  it.each([
    ['time,load\n1,2', 't:1: expected the header "timestamp,value", found "time,load"'],
    [
      csv('2000-01-03T00:00:00Z,1', 'yesterday,2'),
      't:3: "yesterday" is not an RFC 3339 timestamp such as 2026-01-05T00:00:00Z',
    ],
    [
      csv('2000-01-03T00:00:00,1', '2000-01-03T00:01:00,2'),
      't:2: "2000-01-03T00:00:00" is not an RFC 3339 timestamp such as 2026-01-05T00:00:00Z',
    ],
    [csv('2000-01-03T00:00:00Z,1', '2000-01-03T00:01:00Z,many'), 't:3: "many" is not a number'],
    [csv('2000-01-03T00:00:00Z,1', '2000-01-03T00:01:00Z,0x10'), 't:3: "0x10" is not a number'],
    [csv('2000-01-03T00:00:00Z,1', '2000-01-03T00:01:00Z,0b1'), 't:3: "0b1" is not a number'],
    [csv('2000-01-03T00:00:00Z,-1'), 't:2: value must not be negative, found -1'],
    [csv('2000-01-03T00:00:00Z,1,2'), 't:2: expected two cells "timestamp,value", found 3'],
    [csv('2000-01-03T00:01:00Z,1', '2000-01-03T00:01:00Z,1'), 't:3: timestamps must rise from line to line'],
    [csv('2000-01-03T00:01:00Z,1'), 't: a trace needs at least two points, found 1'],
    [csv('2000-01-03T00:01:00Z,', '2000-01-03T00:02:00Z,'), 't: every value is empty'],
  ])('refuses %j', (text, message) => {
    expect(() => parseTrace('t', text)).toThrow(new TraceError(message));
  });
});

describe('traceValueAt', () => {
  it('interpolates between points and holds the ends', () => {
    const trace = parseTrace('t', csv('2000-01-03T00:00:00Z,10', '2000-01-03T00:01:00Z,20', '2000-01-03T00:02:00Z,0'));
    const at = (seconds: number) => traceValueAt(trace, START + seconds * 1000);
    expect([-5, 0, 30, 60, 90, 120, 900].map(at)).toEqual([10, 10, 15, 20, 10, 0, 0]);
  });

  it('finds the position in an irregular trace', () => {
    const points = Array.from({ length: 500 }, (_, index) => ({ at: index ** 3, value: index }));
    const trace = traceOf('cubes', points);
    for (const { at, value } of points) expect(traceValueAt(trace, at)).toBe(value);
    expect(traceValueAt(trace, (400 ** 3 + 401 ** 3) / 2)).toBeCloseTo(400.5);
  });
});

describe('statistics', () => {
  it('include mean and nearest-rank quantiles', () => {
    const trace = traceOf(
      't',
      [1, 2, 3, 4].map((value, at) => ({ at, value })),
    );
    expect(traceMean(trace)).toBe(2.5);
    expect([0, 0.5, 0.75, 0.99, 1].map((level) => traceQuantile(trace, level))).toEqual([1, 2, 3, 4, 4]);
  });
});
