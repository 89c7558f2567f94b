import { describe, expect, it } from '@jest/globals';
import { Continuity } from './continuity.js';

const LEASE_MS = 3000;
const HOUR_MS = 3_600_000;

describe('continuity', () => {
  const time = { clock: 0, wall: 1_000_000 };
  const pass = (ms: number, wallMs = ms): void => {
    time.clock += ms;
    time.wall += wallMs;
  };
  const create = (): Continuity =>
    new Continuity(
      LEASE_MS,
      () => time.clock,
      () => time.wall,
    );

  function confirmed(): Continuity {
    const continuity = create();
    continuity.confirm(continuity.mark());
    return continuity;
  }

  it('is not there before the first confirmation', () => {
    expect(create().isUnbroken(HOUR_MS)).toBe(false);
  });

  it('lasts as long as the process runs, also without further confirmations', () => {
    const continuity = confirmed();
    for (let second = 0; second < 600; second += 1) {
      pass(1000);
      expect(continuity.isUnbroken(HOUR_MS)).toBe(true);
    }
  });

  it.each([
    ['a stopped process', LEASE_MS + 1, LEASE_MS + 1],
    ['a suspended machine, whose monotonic clock stood still', 1, LEASE_MS + 1],
    ['a clock that was set back', 1, -LEASE_MS - 1],
  ])('is broken by %s until the next confirmation', (_what, ms, wallMs) => {
    const continuity = confirmed();
    pass(ms, wallMs);
    expect(continuity.isUnbroken(HOUR_MS)).toBe(false);
    pass(1000);
    expect(continuity.isUnbroken(HOUR_MS)).toBe(false);
    continuity.confirm(continuity.mark());
    expect(continuity.isUnbroken(HOUR_MS)).toBe(true);
  });

  it('ends with the age of the confirmation', () => {
    const continuity = confirmed();
    for (let second = 0; second < 900; second += 1) {
      pass(1000);
      continuity.mark();
    }
    expect(continuity.isUnbroken(900_000)).toBe(true);
    pass(1);
    expect(continuity.isUnbroken(900_000)).toBe(false);
    continuity.confirm(continuity.mark());
    expect(continuity.isUnbroken(900_000)).toBe(true);
  });

  it('is not restored by an answer from before the pause', () => {
    const continuity = confirmed();
    const mark = continuity.mark();
    pass(LEASE_MS + 1);
    continuity.confirm(mark);
    expect(continuity.isUnbroken(HOUR_MS)).toBe(false);
  });

  it('notices pauses on its own', async () => {
    const continuity = new Continuity(60);
    continuity.begin();
    continuity.confirm(continuity.mark());
    const until = performance.now() + 100;
    while (performance.now() < until);
    expect(continuity.isUnbroken(HOUR_MS)).toBe(false);
    continuity.end();
  });
});
