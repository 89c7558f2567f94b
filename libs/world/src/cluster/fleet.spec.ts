import { describe, expect, it } from '@jest/globals';
import { Fleet, type FleetTimes } from './fleet.js';

const times: FleetTimes = {
  provisioning: { kind: 'fixed', ms: 120 },
  draining: { kind: 'fixed', ms: 30 },
  failure: null,
};
const started = (count: number, changes: Partial<FleetTimes> = {}) =>
  Fleet.started('web', { ...times, ...changes }, 5, count, 0);
const states = (fleet: Fleet) => fleet.living.map(({ number, state }) => `${number} ${state}`);
const ended = (fleet: Fleet) => fleet.ended.map(({ number, cause }) => `${number} ${cause}`);

describe('setDesired', () => {
  it('requests missing servers, and only once', () => {
    const fleet = started(2);
    fleet.setDesired(4, 10);
    fleet.setDesired(4, 20);
    expect(states(fleet)).toEqual(['1 ACTIVE', '2 ACTIVE', '3 PROVISIONING', '4 PROVISIONING']);
    expect(fleet.nextEventAt).toBe(130);
    fleet.settle(130, -20);
    expect(fleet.counts).toEqual({ provisioning: 0, active: 4, draining: 0 });
    expect(fleet.living[3]).toMatchObject({ createdAt: 10, activeAt: 130, memoryOffset: -20 });
    expect(fleet.nextEventAt).toBe(Infinity);
  });

  it('cancels the newest provisioning servers before it drains the newest active ones', () => {
    const fleet = started(3);
    fleet.setDesired(5, 0);
    fleet.setDesired(4, 1);
    expect(ended(fleet)).toEqual(['5 cancelled']);
    fleet.setDesired(1, 2);
    expect(ended(fleet)).toEqual(['5 cancelled', '4 cancelled']);
    expect(states(fleet)).toEqual(['1 ACTIVE', '2 DRAINING', '3 DRAINING']);
    fleet.settle(32, 0);
    expect(states(fleet)).toEqual(['1 ACTIVE']);
    expect(fleet.ended.at(-1)).toMatchObject({ state: 'TERMINATED', terminatedAt: 32, cause: 'drained', dueAt: null });
  });

  it('replaces draining and lost servers, under new numbers', () => {
    const fleet = started(2);
    fleet.setDesired(1, 0);
    fleet.setDesired(2, 1);
    expect(states(fleet)).toEqual(['1 ACTIVE', '2 DRAINING', '3 PROVISIONING']);
  });

  it('adds no more servers than granted, and may be called again', () => {
    const fleet = started(2);
    fleet.setDesired(8, 0, 2);
    expect([fleet.desired, fleet.counts.provisioning]).toEqual([8, 2]);
    fleet.setDesired(8, 1);
    expect(fleet.counts.provisioning).toBe(6);
  });
});

describe('failures', () => {
  it('terminate randomly selected servers at once, at most as many as exist', () => {
    const fleet = started(3);
    const crashed = fleet.crash(2, 7);
    expect(new Set(crashed).size).toBe(2);
    expect([fleet.counts.active, fleet.desired]).toEqual([1, 3]);
    expect(fleet.crash(5, 8)).toHaveLength(1);
    expect(fleet.ended.map(({ cause, terminatedAt }) => [cause, terminatedAt])).toEqual([
      ['crashed', 7],
      ['crashed', 7],
      ['crashed', 8],
    ]);
  });

  it('occur after the drawn time', () => {
    const fleet = started(1, { failure: { kind: 'fixed', ms: 500 } });
    expect(fleet.nextEventAt).toBe(500);
    fleet.settle(500, 0);
    expect(ended(fleet)).toEqual(['1 crashed']);
  });
});

describe('terminated servers', () => {
  it('are kept, up to a limit', () => {
    const fleet = started(50);
    fleet.crash(50, 1);
    expect(fleet.ended).toHaveLength(20);
  });
});
