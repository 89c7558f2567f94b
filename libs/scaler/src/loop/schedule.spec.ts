import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ClusterSchedule, dueState, nextDue, phaseOf } from './schedule.js';

const interval = fc.integer({ min: 100, max: 3_600_000 });
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe('schedule', () => {
  it('keeps the phase within the interval and stable for a cluster', () => {
    fc.assert(
      fc.property(fc.uuid(), interval, (id, intervalMs) => {
        const phase = phaseOf(id, { intervalMs });
        expect(phase).toBeGreaterThanOrEqual(0);
        expect(phase).toBeLessThan(intervalMs);
        expect(phaseOf(id, { intervalMs })).toBe(phase);
      }),
    );
  });

  it('returns the next time on the grid: later than now, by at most one interval', () => {
    fc.assert(
      fc.property(fc.uuid(), interval, time, (id, intervalMs, now) => {
        const phase = phaseOf(id, { intervalMs });
        const due = nextDue(now, phase, intervalMs);
        expect(due).toBeGreaterThan(now);
        expect(due - now).toBeLessThanOrEqual(intervalMs);
        expect((due - phase) % intervalMs).toBe(0);
      }),
    );
  });

  it('ticks exactly once per interval, regardless of when it wakes', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        interval,
        fc.array(fc.double({ min: 0.01, max: 0.9, noNaN: true })),
        (id, every, steps) => {
          const phase = phaseOf(id, { intervalMs: every });
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

  it('counts missed ticks and does not repeat them', () => {
    expect(dueState(999, 1000, 100)).toBeNull();
    expect(dueState(1000, 1000, 100)).toEqual({ lagMs: 0, missed: 0 });
    expect(dueState(1099, 1000, 100)).toEqual({ lagMs: 99, missed: 0 });
    expect(dueState(1350, 1000, 100)).toEqual({ lagMs: 50, missed: 3 });
  });

  it.each([
    [false, 20, 300],
    [true, 4, 1200],
  ])('spreads clusters over the interval, less where they share requests: %s', (isBatched, count, most) => {
    const slots = new Map<number, number>();
    for (let index = 0; index < 4000; index += 1) {
      const id = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
      const phase = phaseOf(id, { intervalMs: 10_000, isBatched });
      slots.set(phase, (slots.get(phase) ?? 0) + 1);
    }
    expect(slots.size).toBe(count);
    expect(Math.max(...slots.values())).toBeLessThan(most);
  });
});

describe('the schedule of a cluster', () => {
  const INTERVAL = 10_000;
  const scheduled = (): ClusterSchedule =>
    new ClusterSchedule('00000000-0000-4000-8000-000000000000', { intervalMs: INTERVAL }, null, 0);

  it('returns each tick once, and skips it while the previous one is running', () => {
    const schedule = scheduled();
    const first = schedule.dueAt;
    expect(schedule.take(first - 1)).toBeNull();
    expect(schedule.take(first)).toEqual({ lagMs: 0, missed: 0, overlaps: false });
    expect(schedule.take(first)).toBeNull();
    expect(schedule.take(first + INTERVAL)).toMatchObject({ overlaps: true });
    schedule.release();
    expect(schedule.take(first + 2 * INTERVAL)).toMatchObject({ overlaps: false });
  });

  it('ticks again at once when the cluster changed during its tick', () => {
    const schedule = scheduled();
    const first = schedule.dueAt;
    schedule.take(first);
    schedule.hasten(first + 1);
    expect(schedule.dueAt).toBe(first + INTERVAL);
    schedule.release();
    expect(schedule.dueAt).toBe(first + 1);
    schedule.take(first + 1);
    schedule.release();
    expect(schedule.dueAt).toBe(first + INTERVAL);
  });

  it('does not wait for a time in the future after the clock was set back', () => {
    const schedule = scheduled();
    const first = schedule.dueAt;
    expect(schedule.take(first - 10 * INTERVAL)).toBeNull();
    expect(schedule.dueAt).toBeLessThanOrEqual(first - 9 * INTERVAL);
  });

  it('follows the grid of a changed interval', () => {
    const schedule = scheduled();
    schedule.changePace({ intervalMs: 60_000 }, 5000);
    expect({ intervalMs: schedule.intervalMs, dueAt: schedule.dueAt }).toEqual({
      intervalMs: 60_000,
      dueAt: nextDue(5000, phaseOf('00000000-0000-4000-8000-000000000000', { intervalMs: 60_000 }), 60_000),
    });
  });
});
