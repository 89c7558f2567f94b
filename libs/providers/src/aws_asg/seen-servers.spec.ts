import { describe, expect, it } from '@jest/globals';
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
