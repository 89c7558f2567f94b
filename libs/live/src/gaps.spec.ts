import { describe, expect, it } from '@jest/globals';
import { Gaps } from './gaps.js';

const LATE_MS = 2000;

/** Whether a message of a sender counts as lost; with `left`, the last of the first numbers is its goodbye. */
function isLost(numbers: readonly number[], { left = false, late = [] as readonly number[] } = {}): boolean {
  const gaps = new Gaps(0);
  for (const number of numbers) gaps.heard('one', number, 0);
  if (left) gaps.left('one', 0);
  for (const number of late) gaps.heard('one', number, LATE_MS - 1);
  return gaps.take(2 * LATE_MS);
}

describe('gaps in the numbers of a sender', () => {
  it.each<[string, Parameters<typeof isLost>, boolean]>([
    ['is none where they come in order', [[1, 2, 3]], false],
    ['is none where they come in another order', [[2, 3, 1]], false],
    ['is none where one comes late', [[1, 3], { late: [2] }], false],
    ['is one where one does not come', [[1, 3]], true],
    ['is none where the last comes after the goodbye', [[1, 3], { left: true, late: [2] }], false],
    ['is one where the last before the goodbye does not come', [[1, 3], { left: true }], true],
  ])('%s', (_name, heard, expected) => {
    expect(isLost(...heard)).toBe(expected);
  });
});
