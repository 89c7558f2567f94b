import { describe, expect, it } from '@jest/globals';
import { colorOf, headline, type Missing, rightsByUse } from './rights';

const READING: Missing = { right: 'list pods in namespace shop', needed_for: 'reading' };
const ACTING: Missing = { right: 'patch deployments/scale', needed_for: 'acting' };
const TAKING_OVER: Missing = { right: 'patch horizontalpodautoscalers', needed_for: 'taking_over' };

describe('the rights that a connection lacks', () => {
  it.each([
    [[], 'green', 'It works'],
    [[TAKING_OVER], 'blue', 'It works, except for taking over'],
    [[ACTING, TAKING_OVER], 'blue', 'It works for clusters that only recommend'],
    [[ACTING, READING], 'yellow', 'It cannot read all that clusters need'],
  ] as const)('%j are %s: %s', (missing, color, words) => {
    expect(colorOf(missing)).toBe(color);
    expect(headline(missing)).toBe(words);
  });

  it('are grouped by what they are needed for', () => {
    expect(rightsByUse([TAKING_OVER, ACTING])).toEqual([
      { use: 'reading', rights: [] },
      { use: 'acting', rights: ['patch deployments/scale'] },
      { use: 'taking_over', rights: ['patch horizontalpodautoscalers'] },
    ]);
  });
});
