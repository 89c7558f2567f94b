import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  around,
  begun,
  fixed,
  loadedMs,
  panned,
  parametersOf,
  RANGES,
  spanOf,
  type View,
  viewOf,
  zoomed,
} from './view';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the view of the time axis', () => {
  it.each(RANGES.map(({ value, ms }) => [value, ms]))('can be the last %s, and its address says so', (value, ms) => {
    const view = viewOf({ range: String(value), from: null, to: null });
    expect(view).toEqual({ kind: 'live', rangeMs: ms });
    expect(viewOf(parametersOf(view))).toEqual(view);
  });

  it('keeps the time under the pointer while zooming', () => {
    const view: View = { kind: 'fixed', from: NOW - 4 * HOUR, to: NOW - 2 * HOUR };
    const under = NOW - 3.5 * HOUR;
    for (const factor of [0.5, 2, 0.9]) {
      const [from, to] = spanOf(zoomed(view, factor, NOW, under), NOW);
      expect((under - from) / (to - from)).toBeCloseTo(0.25, 4);
    }
  });

  it('keeps now at its end when a live view is zoomed', () => {
    expect(zoomed({ kind: 'live', rangeMs: HOUR }, 0.5, NOW)).toEqual({ kind: 'fixed', from: NOW - HOUR / 2, to: NOW });
  });

  it('never includes the future, is never shorter than 20 s, and is restored from its URL', () => {
    const step = fc.oneof(
      fc.record({ pan: fc.double({ min: -2, max: 2, noNaN: true }) }),
      fc.record({ zoom: fc.double({ min: 0.1, max: 10, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...RANGES), fc.array(step, { maxLength: 20 }), ({ ms }, steps) => {
        let view: View = { kind: 'live', rangeMs: ms };
        for (const each of steps) {
          view = 'pan' in each ? panned(view, each.pan, NOW) : zoomed(view, each.zoom, NOW);
        }
        const [from, to] = spanOf(view, NOW);
        expect(to).toBeLessThanOrEqual(NOW);
        expect(to - from).toBeGreaterThanOrEqual(20_000 - 1);
        expect(viewOf(parametersOf(view))).toEqual(view);
      }),
    );
  });

  it('begins with the history of a young cluster, and is the whole range of an older one', () => {
    const view: View = { kind: 'live', rangeMs: HOUR };
    expect(spanOf(begun(view, NOW - 10 * MINUTE, NOW), NOW)).toEqual([NOW - 10 * MINUTE, NOW]);
    expect(begun(view, NOW - 59 * MINUTE, NOW)).toBe(view);
    expect(begun(view, Number.NEGATIVE_INFINITY, NOW)).toBe(view);
    // A cluster of some seconds has a minute.
    expect(spanOf(begun(view, NOW - 3000, NOW), NOW)).toEqual([NOW - MINUTE, NOW]);
    const past: View = { kind: 'fixed', from: NOW - HOUR, to: NOW };
    expect(begun(past, NOW - MINUTE, NOW)).toBe(past);
  });

  it('loads no more than the history, which grows in few steps', () => {
    const loaded = Array.from({ length: 120 }, (_, age) => loadedMs(HOUR, NOW - age * MINUTE, NOW));
    expect(new Set(loaded)).toEqual(new Set([1, 2, 4, 8, 16, 32, 60].map((minutes) => minutes * MINUTE)));
    loaded.forEach((ms, age) => expect(ms).toBeGreaterThanOrEqual(Math.min(HOUR, age * MINUTE)));
    expect(loadedMs(HOUR, Number.NEGATIVE_INFINITY, NOW)).toBe(HOUR);
  });

  it('loads a margin for small movements', () => {
    const view = fixed(NOW - 127 * MINUTE, NOW - 67 * MINUTE, NOW) as Extract<View, { kind: 'fixed' }>;
    const loaded = around(view);
    expect(loaded.from).toBeLessThanOrEqual(view.from - HOUR / 2);
    expect(loaded.to).toBeGreaterThanOrEqual(view.to + HOUR / 2);
    // So that a small movement needs no request.
    expect(around({ kind: 'fixed', from: view.from + 1000, to: view.to + 1000 })).toEqual(loaded);
  });
});
