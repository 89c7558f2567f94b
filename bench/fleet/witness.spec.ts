import { describe, expect, it } from '@jest/globals';
import { type Asking, doubleActionsOf } from './witness.js';

const FIRST: Asking = { at: 1000, cluster: 'web', desired: 5, token: 7, status: 200, before: 4 };

/** How many of the later requests count as repeated. */
function doublesAfter(...later: Partial<Asking>[]): number {
  return doubleActionsOf([FIRST, ...later.map((change) => ({ ...FIRST, before: FIRST.desired, ...change }))], 5000)
    .length;
}

describe('repeated scalings', () => {
  it('are requests with an older token, regardless of the count and the delay', () => {
    expect(doublesAfter({ at: 90_000, token: 6 })).toBe(1);
    expect(doublesAfter({ at: 1500, token: 6, desired: 9 })).toBe(1);
  });

  it("are changes of the count soon after another holder's change", () => {
    expect(doublesAfter({ at: 4000, token: 8, desired: 6 })).toBe(1);
  });

  it('are none of those that change nothing, come later, were refused, or belong to the same holder or another cluster', () => {
    expect(doublesAfter({ at: 2000, token: 8 })).toBe(0);
    expect(doublesAfter({ at: 6000, token: 8, desired: 6 })).toBe(0);
    expect(doublesAfter({ at: 2000, token: 6, desired: 6, status: 409 })).toBe(0);
    expect(doublesAfter({ at: 2000, desired: 6 })).toBe(0);
    expect(doublesAfter({ at: 2000, token: 8, desired: 6, cluster: 'api' })).toBe(0);
  });
});
