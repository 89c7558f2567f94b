import { describe, expect, it } from '@jest/globals';
import { timedId, timeOfId } from './ids.js';

describe('timed ids', () => {
  it('carry their time and are unique', () => {
    const at = 1_767_225_600_123;
    const ids = new Set(Array.from({ length: 1000 }, () => timedId(at)));
    expect(ids.size).toBe(1000);
    for (const id of ids) expect(timeOfId(id)).toBe(at);
  });

  it('sort by time', () => {
    const ids = [1, 1000, 1_767_225_600_000, 1_767_225_600_001].map(timedId);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('rejects ids of other versions', () => {
    expect(timeOfId('00000000-0000-4000-8000-000000000000')).toBeNull();
    expect(timeOfId('no')).toBeNull();
  });
});
