import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueState, nextDue, phaseOf } from './schedule.js';

const interval = fc.integer({ min: 100, max: 3_600_000 });
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe('schedule', () => {
  it('keeps a phase within the interval and the same for the same cluster', () => {
    fc.assert(
      fc.property(fc.uuid(), interval, (id, intervalMs) => {
        const phase = phaseOf(id, intervalMs);
        expect(phase).toBeGreaterThanOrEqual(0);
        expect(phase).toBeLessThan(intervalMs);
        expect(phaseOf(id, intervalMs)).toBe(phase);
      }),
    );
  });

  it('finds the next time on the grid: ahead of now, by at most one interval', () => {
    fc.assert(
      fc.property(fc.uuid(), interval, time, (id, intervalMs, now) => {
        const phase = phaseOf(id, intervalMs);
        const due = nextDue(now, phase, intervalMs);
        expect(due).toBeGreaterThan(now);
        expect(due - now).toBeLessThanOrEqual(intervalMs);
        expect((due - phase) % intervalMs).toBe(0);
      }),
    );
  });

  it('ticks exactly once per interval, whatever the moments of waking', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        interval,
        fc.array(fc.double({ min: 0.01, max: 0.9, noNaN: true })),
        (id, every, steps) => {
          const phase = phaseOf(id, every);
          let now = 1_000_000;
          let due = nextDue(now, phase, every);
          const first = due;
          let ticks = 0;
          for (const step of steps) {
            now += Math.ceil(step * every);
            if (dueState(now, due, every) === null) continue;
            ticks += 1;
            due = nextDue(now, phase, every);
          }
          const passed = now < first ? 0 : Math.floor((now - first) / every) + 1;
          expect(ticks).toBe(passed);
        },
      ),
    );
  });

  it('counts what was missed and makes none of it up', () => {
    expect(dueState(999, 1000, 100)).toBeNull();
    expect(dueState(1000, 1000, 100)).toEqual({ lagMs: 0, missed: 0 });
    expect(dueState(1099, 1000, 100)).toEqual({ lagMs: 99, missed: 0 });
    expect(dueState(1350, 1000, 100)).toEqual({ lagMs: 50, missed: 3 });
  });

  it('spreads clusters over the interval', () => {
    const slots = new Map<number, number>();
    for (let index = 0; index < 4000; index += 1) {
      const id = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
      const phase = phaseOf(id, 10_000);
      slots.set(phase, (slots.get(phase) ?? 0) + 1);
    }
    expect(slots.size).toBe(20);
    expect(Math.max(...slots.values())).toBeLessThan(300);
  });
});
