import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { compress, realAt, virtualAt } from './fast-clock.js';

const REAL = Date.UTC(2026, 0, 5, 12);
const COMPRESSION = { real: REAL, virtual: REAL + 86_400_000, speed: 15 };

describe('a compressed clock', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  const compressed = () => {
    jest.useFakeTimers({ now: REAL });
    const target = { Date, setTimeout, setInterval };
    compress(target, COMPRESSION);
    return target;
  };

  it('shows a time that passes 15 times as fast, before and after its origin', () => {
    expect(virtualAt(COMPRESSION, REAL + 2000)).toBe(COMPRESSION.virtual + 30_000);
    expect(virtualAt(COMPRESSION, REAL - 2000)).toBe(COMPRESSION.virtual - 30_000);
    expect(realAt(COMPRESSION, COMPRESSION.virtual + 30_000)).toBe(REAL + 2000);
  });

  it('is what programs see as the time', () => {
    const target = compressed();
    jest.advanceTimersByTime(4000);
    expect(target.Date.now()).toBe(COMPRESSION.virtual + 60_000);
    expect(new target.Date().getTime()).toBe(COMPRESSION.virtual + 60_000);
    expect(new target.Date()).toBeInstanceOf(target.Date);
    expect(new target.Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    expect(target.Date.parse('1970-01-01T00:00:01Z')).toBe(1000);
  });

  it('fires timers when their time is over on it', () => {
    const target = compressed();
    const [once, often] = [jest.fn(), jest.fn()];
    target.setTimeout(once, 15_000, 'value');
    const interval = target.setInterval(often, 30_000);
    jest.advanceTimersByTime(999);
    expect(once).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(once).toHaveBeenCalledWith('value');
    jest.advanceTimersByTime(5000);
    expect(often).toHaveBeenCalledTimes(3);
    clearInterval(interval);
  });
});
