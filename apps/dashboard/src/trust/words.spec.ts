import { describe, expect, it } from '@jest/globals';
import { aboveWords } from './words';

describe('the sentence on the 99 % line', () => {
  it.each([
    [100, 0.99, 60, 'Of 100 minutes, 1 was above the 99 % line.'],
    [1432, 0.988, 60, 'Of 1,432 minutes, 17 were above the 99 % line.'],
    [1, 1, null, 'Of 1 minute, none was above the 99 % line.'],
    [48, 0.9792, 300, 'Of 48 steps, 1 was above the 99 % line.'],
  ])('of %d forecasts with a coverage of %d', (settled, coverage, stepSeconds, words) => {
    expect(aboveWords({ settled, coverage: { '0.99': coverage } }, stepSeconds)).toBe(words);
  });
});
