import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolutionFor } from './resolution.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('the resolution of a timeline', () => {
  it.each([
    [5 * MINUTE, { stepMs: 1000, source: 'observations' }],
    [HOUR, { stepMs: 10_000, source: 'observations' }],
    [3 * HOUR, { stepMs: 30_000, source: 'observations' }],
    [DAY, { stepMs: 5 * MINUTE, source: 'minute' }],
    [7 * DAY, { stepMs: 30 * MINUTE, source: 'minute' }],
    [30 * DAY, { stepMs: 2 * HOUR, source: 'hour' }],
  ])('of %d ms is %j', (rangeMs, expected) => {
    expect(resolutionFor(rangeMs, 600)).toEqual(expected);
  });

  it('never returns more points than requested, nor a step that its source does not have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 400 * DAY }), fc.integer({ min: 10, max: 2000 }), (rangeMs, points) => {
        const { stepMs, source } = resolutionFor(rangeMs, points);
        expect(rangeMs / stepMs).toBeLessThanOrEqual(points);
        const finest = { observations: 1000, minute: MINUTE, hour: HOUR }[source];
        expect(stepMs % finest).toBe(0);
      }),
    );
  });
});
