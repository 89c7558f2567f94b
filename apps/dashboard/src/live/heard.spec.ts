import { describe, expect, it } from '@jest/globals';
import { Heard } from './heard';

describe('events that were heard', () => {
  it('are told from new ones by their id, in whatever order they come again', () => {
    const heard = new Heard();
    const firsts = ['a-1', 'b-1', 'a-2', 'b-1', 'a-1', 'a-3', 'a-3'].map((id) => heard.first(id));
    expect(firsts).toEqual([true, true, true, false, false, true, false]);
  });

  it('are remembered for as many as are said, and never for more than twice as many', () => {
    const heard = new Heard(100);
    for (let number = 0; number < 1000; number += 1) {
      expect(heard.first(`a-${number}`)).toBe(true);
      expect(heard.first(`a-${Math.max(0, number - 99)}`)).toBe(false);
      expect(heard.size).toBeLessThanOrEqual(200);
    }
    expect(heard.first('a-0')).toBe(true);
  });

  it('are all new again to somebody else', () => {
    const heard = new Heard();
    heard.first('a-1');
    heard.clear();
    expect(heard.first('a-1')).toBe(true);
  });
});
