import { describe, expect, it } from '@jest/globals';
import { Heard } from './heard';

describe('ids of received events', () => {
  it('detect repeated events, in any order', () => {
    const heard = new Heard();
    const firsts = ['a-1', 'b-1', 'a-2', 'b-1', 'a-1', 'a-3', 'a-3'].map((id) => heard.first(id));
    expect(firsts).toEqual([true, true, true, false, false, true, false]);
  });

  it('are kept up to a number, and never more than twice that', () => {
    const heard = new Heard(100);
    for (let number = 0; number < 1000; number += 1) {
      expect(heard.first(`a-${number}`)).toBe(true);
      expect(heard.first(`a-${Math.max(0, number - 99)}`)).toBe(false);
      expect(heard.size).toBeLessThanOrEqual(200);
    }
    expect(heard.first('a-0')).toBe(true);
  });

  it('are all new after a change of user', () => {
    const heard = new Heard();
    heard.first('a-1');
    heard.clear();
    expect(heard.first('a-1')).toBe(true);
  });
});
