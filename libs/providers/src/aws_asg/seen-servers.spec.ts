import { describe, expect, it } from '@jest/globals';
import type { Server } from '../sdk/index.js';
import { SeenServers } from './seen-servers.js';

describe('since when an instance is active', () => {
  it('is when a reading first showed it so, and not known of those that were there before', () => {
    const seen = new SeenServers();
    const sinceOf = (now: number, ...servers: [id: string, state: 'ACTIVE' | 'PROVISIONING'][]) =>
      seen
        .follow(
          'web',
          servers.map(([id, state]) => ({ id, state })),
          now,
        )
        .map(({ activeAt }) => activeAt);
    expect(sinceOf(1000, ['a', 'ACTIVE'], ['b', 'PROVISIONING'])).toEqual([null, null]);
    expect(sinceOf(2000, ['a', 'ACTIVE'], ['b', 'ACTIVE'], ['c', 'ACTIVE'])).toEqual([null, 2000, 2000]);
    expect(sinceOf(3000, ['a', 'ACTIVE'], ['b', 'ACTIVE'])).toEqual([null, 2000]);
    expect(seen.follow('other', [{ id: 'a', state: 'ACTIVE' }], 4000)[0]?.activeAt).toBeNull();
  });
});

describe('how many instances were active', () => {
  it('is known from the first reading on, for an hour', () => {
    const seen = new SeenServers();
    const activeOf = (count: number): Server[] =>
      Array.from({ length: count }, (_, index) => ({ id: `i-${index}`, state: 'ACTIVE' }));
    for (const [count, at] of [
      [6, 1000],
      [6, 2000],
      [4, 3000],
      [5, 5000],
    ] as const)
      seen.follow('web', [...activeOf(count), { id: 'new', state: 'PROVISIONING' }], at);
    expect([999, 1000, 2999, 3000, 9000].map((at) => seen.activeAt('web', at))).toEqual([null, 6, 6, 4, 5]);
    seen.follow('web', activeOf(1), 3_605_000);
    expect([2999, 5000, 3_605_000].map((at) => seen.activeAt('web', at))).toEqual([null, 5, 1]);
    expect(seen.activeAt('api', 5000)).toBeNull();
  });
});
