import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { restoreSnapshot, snapshot } from './memory.js';
import { WishWindow } from './wish-window.js';

const MINUTE = 60_000;

function add(window: WishWindow, minute: number, wish: number, total: number): number {
  return window.add({ at: minute * MINUTE, tickSeconds: 60 }, wish, total);
}

describe('the stabilization window of proposals', () => {
  it('starts with the current count', () => {
    const window = new WishWindow();
    expect([0, 1, 2, 3, 4, 5].map((minute) => add(window, minute, 3, 20))).toEqual([20, 20, 20, 20, 20, 3]);
  });

  it('starts with it again after a gap as long as the window', () => {
    const window = new WishWindow();
    for (let minute = 0; minute < 10; minute++) add(window, minute, 3, 20);
    expect(add(window, 13, 2, 20)).toBe(3);
    expect(add(window, 18, 2, 20)).toBe(20);
  });

  it('knows since when only the count that it started with holds it', () => {
    const window = new WishWindow();
    const heldAfter = (minute: number, wish: number): number | null => {
      add(window, minute, wish, 20);
      return window.heldSince;
    };
    expect([0, 1, 2].map((minute) => heldAfter(minute, 3))).toEqual([0, 0, 0]);
    expect(heldAfter(3, 20)).toBeNull();
    expect([12, 13, 14, 15, 16].map((minute) => heldAfter(minute, 3))).toEqual(Array(5).fill(12 * MINUTE));
    expect(heldAfter(17, 3)).toBeNull();
  });

  it('goes by the clock, not by the number of steps', () => {
    const window = new WishWindow();
    add(window, 0, 9, 9);
    expect(add(window, 4, 1, 9)).toBe(9);
    expect(add(window, 5, 1, 9)).toBe(1);
  });

  it('keeps every proposal for five minutes, whatever the clock does and however often it is restored', () => {
    const event = fc.record({
      minutes: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: -30, max: 30 })),
      wish: fc.integer({ min: 1, max: 50 }),
      restart: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 80 }), (events) => {
        let window = new WishWindow();
        let known: { readonly at: number; readonly wish: number }[] = [];
        let minute = 1000;
        for (const { minutes, wish, restart } of events) {
          // Steps are a minute apart or more; a clock may be set back by any time.
          minute += minutes === 0 ? 1 : minutes;
          const at = minute;
          known = known.map((one) => ({ ...one, at: Math.min(one.at, at) })).filter((one) => one.at > at - 5);
          const highest = add(window, minute, wish, 30);
          expect(highest).toBeGreaterThanOrEqual(
            Math.max(known.length === 0 ? 30 : 0, wish, ...known.map((one) => one.wish)),
          );
          known.push({ at, wish: known.length === 0 ? Math.max(30, wish) : wish });
          if (!restart) continue;
          const next = new WishWindow();
          restoreSnapshot([next], snapshot([window]));
          window = next;
        }
      }),
    );
  });
});
