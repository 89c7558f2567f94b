import { describe, expect, it } from '@jest/globals';
import { countedMs, playedMs, recordedAt, totalsOf } from './compared';

describe('what a policy would have done', () => {
  it('is counted without the time that prepares the models', () => {
    const result = { ticks: 960, tick_seconds: 60 };
    expect(playedMs(result)).toBe(16 * 3_600_000);
    expect(countedMs(result)).toBe(12 * 3_600_000);
    expect(totalsOf({ server_hours: 60, violations: 0.05, actions_per_day: 8 }, countedMs(result))).toEqual({
      servers: 5,
      serverHours: 60,
      slowMinutes: 36,
      actions: 4,
    });
  });

  it('has at most three days that are not counted', () => {
    expect(countedMs({ ticks: 14 * 1440, tick_seconds: 60 })).toBe(11 * 24 * 3_600_000);
  });

  it('has no mean of nothing', () => {
    expect(totalsOf({ server_hours: 0, violations: 0, actions_per_day: 0 }, 0).servers).toBe(0);
  });
});

describe('the recorded servers at the times of a backtest', () => {
  it('are the last ones before, and none in a gap', () => {
    const recorded = { times: [100, 110, 120, 200], servers: [3, 4, null, 5], stepMs: 10 };
    expect(recordedAt(recorded, [95, 100, 105, 119, 120, 199, 205])).toEqual([null, 3, 3, 4, null, null, 5]);
    // Two steps after the last one before the gap, and later in it.
    expect(recordedAt({ ...recorded, servers: [3, 4, 4, 5] }, [140, 141])).toEqual([4, null]);
  });
});
