import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#config/testing';
import { BackOff } from './back-off.js';

describe('a throttled action', () => {
  function isPaused(backOff: BackOff, action: string): boolean {
    try {
      backOff.check(action);
      return false;
    } catch {
      return true;
    }
  }

  it('pauses twice as long each time, at most a minute, and no other action', () => {
    const clock = new ManualClock();
    const backOff = new BackOff(clock);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      backOff.throttled('read');
      clock.advance(seconds * 1000 - 1);
      expect([isPaused(backOff, 'read'), isPaused(backOff, 'write')]).toEqual([true, false]);
      clock.advance(1);
      expect(isPaused(backOff, 'read')).toBe(false);
    }
    backOff.answered('read');
    backOff.throttled('read');
    clock.advance(1000);
    expect(isPaused(backOff, 'read')).toBe(false);
  });

  it('says when it is tried again', () => {
    const backOff = new BackOff(new ManualClock());
    backOff.throttled('autoscaling:DescribePolicies');
    expect(() => backOff.check('autoscaling:DescribePolicies')).toThrow(/DescribePolicies; next attempt in 1 s/);
  });

  it('does not wait for a clock that was set back', () => {
    const clock = new ManualClock();
    const backOff = new BackOff(clock);
    backOff.throttled('read');
    clock.advance(-3_600_000);
    expect(isPaused(backOff, 'read')).toBe(false);
  });
});
