import { describe, expect, it } from '@jest/globals';
import type { Decision } from '#engine';
import { highestLately, isBigRemoval, judgeRemoval } from './mass-removal.js';

const REMOVAL: Decision = {
  at: 0,
  action: 'SCALE_DOWN',
  current: 12,
  desired: 8,
  wished: 8,
  unmet: 0,
  policy: 'threshold',
  code: 'low',
  reason: 'low',
  steps: [],
  mode: 'act',
} as unknown as Decision;

describe('a big removal', () => {
  it.each<[string, Partial<Decision>, number, boolean]>([
    ['of a third', {}, 0, true],
    ['of a quarter', { desired: 9 }, 0, false],
    ['of a quarter, after others within the minute', { desired: 9 }, 16, true],
    ['by a hold', { policy: 'hold' }, 0, false],
    ['by a lower bound of a person', { wished: 14 }, 0, false],
    ['that is only recommended', { mode: 'recommend' }, 0, false],
    ['that is an addition', { action: 'SCALE_UP', desired: 20 }, 0, false],
  ])('%s', (_name, change, highest, expected) => {
    expect(isBigRemoval({ ...REMOVAL, ...change }, highest)).toBe(expected);
  });
});

describe('the highest count of the last minute', () => {
  it('is computed backwards from the changes', () => {
    const changes = [
      { at: 0, by: -50 },
      { at: 40_000, by: 6 },
      { at: 70_000, by: -4 },
      { at: 90_000, by: -2 },
    ];
    expect(highestLately(10, changes, 95_000)).toBe(16);
    expect(highestLately(10, changes, 135_000)).toBe(12);
    expect(highestLately(10, changes, 150_000)).toBe(10);
    expect(highestLately(10, [], 95_000)).toBe(10);
  });
});

describe('the verdict on a big removal', () => {
  const MINUTE = 60_000;
  const FIRST = 10 * MINUTE;
  const INTERVAL = 10_000;
  it.each<[string, number, number, number, boolean, string]>([
    ['of 5 clusters of 20', 5, 20, 20_000, false, 'hold'],
    ['of 4 clusters of 5', 4, 5, 20_000, false, 'pass'],
    ['of 5 clusters of 25, which is a fifth', 5, 25, 20_000, false, 'pass'],
    ['that no other was polled after yet', 1, 20, 0, false, 'wait'],
    ['where there are few clusters', 1, 4, 0, false, 'pass'],
    ['that five minutes confirm', 20, 20, 5 * MINUTE, false, 'pass'],
    ['that four minutes confirm', 20, 20, 4 * MINUTE, false, 'hold'],
    ['that a person released', 20, 20, 20_000, true, 'pass'],
  ])('%s', (_name, wanting, clusters, stands, isReleased, expected) => {
    const now = FIRST + stands;
    const near = { clusters, wanting, oldestTickAt: now };
    expect(judgeRemoval({ firstAt: FIRST, isReleased }, near, INTERVAL, now)).toBe(expected);
  });

  it.each<[string, number | null, number, string]>([
    ['late, however long the removal stands', 5000, 50_000, 'wait'],
    ['after an interval', 10_000, 12_000, 'pass'],
    ['never, for a minute', null, 59_000, 'wait'],
    ['never, after a minute', null, 60_000, 'pass'],
  ])('where another cluster was ticked %s', (_name, ticked, stands, expected) => {
    const oldestTickAt = ticked === null ? null : FIRST + ticked;
    const near = { clusters: 8, wanting: 1, oldestTickAt };
    expect(judgeRemoval({ firstAt: FIRST, isReleased: false }, near, INTERVAL, FIRST + stands)).toBe(expected);
  });
});
