import { expect, it } from '@jest/globals';
import { paceOf, worstOf } from './pace.js';

it('the pace is the time between two, not their number', () => {
  const times = [0, ...Array.from({ length: 19 }, (_, index) => (index + 1) * 1000), 24_000];
  expect(paceOf(times)).toEqual({ median: 1, p95: 1, longest: 5 });
  expect(paceOf([5])).toBeNull();
});

it('the worst of several is the worst of each figure', () => {
  expect(worstOf([{ median: 1, p95: 3, longest: 4 }, null, { median: 2, p95: 2, longest: 5 }])).toEqual({
    median: 2,
    p95: 3,
    longest: 5,
  });
  expect(worstOf([null])).toBeNull();
});
