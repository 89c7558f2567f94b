import { expect, it } from '@jest/globals';
import { errorBudgetLeft } from './budget.js';

it.each([
  [0.01, 0, 1],
  [0.01, 0.0042, 0.58],
  [0.01, 0.01, 0],
  [0.01, 0.53, -52],
  [0, 0, 1],
  [0, 0.1, -1],
])('the error budget left of %d after %d was spent is %d', (promised, spent, left) => {
  expect(errorBudgetLeft({ promised, spent })).toBe(left);
});
