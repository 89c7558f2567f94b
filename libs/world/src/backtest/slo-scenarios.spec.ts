import { describe, expect, it } from '@jest/globals';
import { restoreSnapshot, type Seen, SloController, snapshot } from '#engine';
import { Random } from '../random.js';
import { EnginePolicy } from './engine-policy.js';
import { cheapest, leastViolation, sweepHindsight } from './hindsight.js';
import { noiseFor, playWorld, type WorldOptions } from './tick-world.js';

const DAY = 1440;
const PROMISE = { violations: 0.01, maxUtilization: 0.9 };

function worldOf(ticks: number): WorldOptions {
  return {
    tickSeconds: 60,
    provisionSeconds: 120,
    min: 1,
    max: 1000,
    maxUtilization: 0.9,
    startAt: 0,
    noise: noiseFor(ticks, 0.02, 3),
  };
}

function play(demand: Float64Array) {
  let controller: SloController | null = null;
  return playWorld(
    demand,
    { desired: (seen) => (controller ??= new SloController(PROMISE, seen)).desired(seen) },
    worldOf(demand.length),
  );
}

function load(days: number, value: (minute: number, random: Random) => number): Float64Array {
  const random = Random.seeded(11);
  return Float64Array.from({ length: days * DAY }, (_, minute) => Math.max(0, value(minute, random)));
}

const daily = (minute: number) => 20 - 12 * Math.cos((2 * Math.PI * minute) / DAY);

const SCENARIOS: Record<string, Float64Array> = {
  sparse: load(4, (minute, random) => (minute % 240 < 12 ? 8 + 4 * random.next() : 0.05)),
  bursty: load(4, (_, random) => 10 + 5 * Math.exp(0.5 * random.normal())),
  dying: load(4, (minute) => daily(minute) * (minute < 2 * DAY ? 1 : Math.exp((2 * DAY - minute) / 400))),
  'level shift': load(4, (minute) => daily(minute) * (minute < 2.5 * DAY ? 0.5 : 1.4)),
  'first day': load(1, (minute, random) => daily(minute) * (1 + 0.05 * random.normal())),
  'flash crowd': load(4, (minute) => daily(minute) + (minute % (2 * DAY) > 2000 && minute % (2 * DAY) < 2060 ? 40 : 0)),
};

describe('the service level, where loads are unkind', () => {
  it.each(Object.entries(SCENARIOS))('%s: no worse than the best baseline at its cost', (_, demand) => {
    const score = play(demand);
    const swept = sweepHindsight(demand, worldOf(demand.length));
    const least = leastViolation(swept, score.cost)?.score.violation ?? 1;
    expect(score.violation).toBeLessThanOrEqual(Math.max(1.1 * PROMISE.violations, 1.1 * least));
  });

  it('a smooth load costs about what the best baseline chosen in hindsight does, within days', () => {
    const demand = load(4, daily);
    const score = play(demand);
    const hindsight = cheapest(sweepHindsight(demand, worldOf(demand.length)), PROMISE.violations);
    expect(score.violation).toBeLessThanOrEqual(1.1 * PROMISE.violations);
    expect(score.cost).toBeLessThan(1.05 * hindsight!.score.cost);
  });
});

describe('a bound on the actions of a day', () => {
  const ALLOWED = 20;
  const demand = SCENARIOS['bursty']!.subarray(0, 2 * DAY);

  function playBounded(maxActionsPerDay: number | null) {
    const acting = new EnginePolicy({ slo: { ...PROMISE, maxActionsPerDay }, mode: 'act' });
    const beside = new EnginePolicy({ slo: { ...PROMISE, maxActionsPerDay: null }, mode: 'recommend' });
    const removals: number[] = [];
    const additions: number[] = [];
    /** What is asked for where servers are added, and what is without the bound, from the same on. */
    const added: { readonly acting: number; readonly beside: number }[] = [];
    let minute = 0;
    const desired = (seen: Seen): number => {
      const total = seen.active + seen.provisioning;
      const asked = { acting: acting.desired(seen), beside: beside.desired(seen) };
      if (asked.acting < total) removals.push(minute);
      if (asked.acting > total) additions.push(minute);
      if (asked.beside > total) added.push(asked);
      minute++;
      return asked.acting;
    };
    playWorld(demand, { desired }, worldOf(demand.length));
    return { removals, additions, added };
  }

  function mostInADay(minutes: readonly number[]): number {
    return Math.max(...minutes.map((last) => minutes.filter((at) => at > last - DAY && at <= last).length));
  }

  it('is kept by removals on every day, and holds no server back that is asked for', () => {
    const { removals, additions, added } = playBounded(ALLOWED);
    expect(removals.length).toBeGreaterThan(0);
    expect(mostInADay(removals)).toBeLessThanOrEqual(ALLOWED);
    expect(added.map((asked) => asked.acting)).toEqual(added.map((asked) => asked.beside));
    // Which goes beyond the bound: it is one on removals.
    expect(mostInADay([...removals, ...additions])).toBeGreaterThan(ALLOWED);
    expect(mostInADay(playBounded(null).removals)).toBeGreaterThan(ALLOWED);
  });
});

describe('the state of the service level', () => {
  function seenAt(minute: number, active: number): Seen {
    const cpu = Math.min(1, daily(minute) / active);
    return {
      at: minute * 60_000,
      tickSeconds: 60,
      cpu,
      served: cpu * active,
      active,
      provisioning: 0,
      min: 1,
      max: 100,
      leadSeconds: 300,
    };
  }

  it('fits into 64 KiB after two weeks, and goes on as if nothing had been', () => {
    const controller = new SloController(PROMISE, seenAt(0, 30));
    let active = 30;
    for (let minute = 0; minute < 14 * DAY; minute++) active = controller.desired(seenAt(minute, active));
    const stored = snapshot(controller.parts());
    expect(stored.length).toBeLessThanOrEqual(64 * 1024);
    const restored = new SloController(PROMISE, seenAt(0, 30));
    expect(restoreSnapshot(restored.parts(), stored)).toBe(true);
    for (let minute = 14 * DAY; minute < 14 * DAY + 300; minute++) {
      const desired = controller.desired(seenAt(minute, active));
      expect(restored.desired(seenAt(minute, active))).toBe(desired);
      active = desired;
    }
  });

  it('refuses a state of another shape', () => {
    const controller = new SloController(PROMISE, seenAt(0, 30));
    const other = new SloController(PROMISE, { ...seenAt(0, 30), leadSeconds: 60 });
    expect(restoreSnapshot(other.parts(), snapshot(controller.parts()))).toBe(false);
    expect(restoreSnapshot(other.parts(), new Uint8Array(3))).toBe(false);
  });
});
