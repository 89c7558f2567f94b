import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Analogues } from './analogues.js';
import { History } from './history.js';
import { snapshot } from './memory.js';

const DAY = 1440;

/** A different demand in each step. */
const demandAt = (step: number): number => 10 + ((step * 7919) % 1009) / 100;

function filled(steps: number, stepSeconds = 60): History {
  const history = new History(stepSeconds);
  for (let step = 0; step < steps; step++) history.push(demandAt(step));
  return history;
}

function highestOf(first: number, last: number): number {
  let highest = 0;
  for (let step = first; step <= last; step++) highest = Math.max(highest, demandAt(step));
  return highest;
}

describe('the demand history', () => {
  const steps = 15 * DAY + 123;
  const history = filled(steps);

  it('has each minute of a week', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 * DAY - 60 }), fc.integer({ min: 1, max: 60 }), (from, count) => {
        const newest = steps - 1 - from;
        const highest = highestOf(newest - count + 1, newest);
        expect(Math.abs(history.highest(from, count) / highest - 1)).toBeLessThan(3e-4);
      }),
    );
  });

  it('has the highest of each five minutes of the week before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 7 * DAY + 121, max: 14 * DAY }), fc.integer({ min: 1, max: 60 }), (from, count) => {
        const newest = steps - 1 - from;
        const oldest = newest - count + 1;
        const highest = highestOf(oldest - (oldest % 5), newest + 4 - (newest % 5));
        expect(Math.abs(history.highestBefore(from, count)! / highest - 1)).toBeLessThan(3e-4);
      }),
    );
  });

  it('distinguishes the last week from what is older or never was', () => {
    expect(history.highestBefore(7 * DAY, 10)).toBeNull();
    expect(history.highestBefore(15 * DAY, 10)).toBeNull();
    expect(filled(8 * DAY).highestBefore(14 * DAY - 30, 60)).toBeNull();
    expect(filled(14 * DAY).highestBefore(14 * DAY - 30, 60)).toBeNull();
    expect(filled(14 * DAY + 30).highestBefore(14 * DAY - 30, 60)).not.toBeNull();
  });

  it('takes less than two bytes per minute for two weeks', () => {
    const bytes = snapshot([history, new Analogues(history)]).length;
    expect(bytes).toBeLessThan(2 * 14 * DAY);
  });

  it('supports longer steps', () => {
    const coarse = filled(15 * 288, 300);
    expect(coarse.highestBefore(14 * 288, 1)).toBeCloseTo(demandAt(15 * 288 - 1 - 14 * 288), 1);
  });
});
