import { describe, expect, it } from '@jest/globals';
import { inputOf } from './scenario.js';
import { initialState } from '../src/state.js';
import { tick } from '../src/tick.js';
import type { EngineState, Observation, Policy, SloPolicy } from '../src/types.js';
import { relearn } from '../src/slo/relearn.js';

const SLO: SloPolicy = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const POLICY: Policy = { mode: 'act', slo: SLO };
const MINUTE = 60_000;
const DAY = 1440;
const SETTING = { intervalMs: MINUTE, bounds: { min: 1, max: 1000 }, leadTimeMs: 2 * MINUTE };
/** Lead time in steps. */
const LEAD = 3;

/** A cluster that is ticked once a minute, with its own fleet. */
class Cluster {
  private readonly asked: number[] = [];

  constructor(
    public state: EngineState,
    private active: number,
  ) {}

  /** A minute with this demand in servers; @returns the observation and the desired count */
  tick(minute: number, demand: number): { readonly observation: Observation; readonly desired: number } {
    const total = this.asked.at(-1) ?? this.active;
    // Requests since the now active servers were requested.
    this.active = Math.min(total, Math.max(this.active, this.asked.at(-LEAD) ?? this.active));
    const look = {
      active: this.active,
      provisioning: total - this.active,
      cpu: Math.min(100, (100 * demand) / this.active),
    };
    const input = inputOf(look, POLICY, this.state, minute * MINUTE, SETTING);
    const { decision, state } = tick(input);
    this.state = state;
    this.asked.push(decision.desired);
    return { observation: input.observation, desired: decision.desired };
  }

  /** The same fleet, with the knowledge of `state`. */
  with(state: EngineState): Cluster {
    const other = new Cluster(state, this.active);
    other.asked.push(...this.asked.slice(-LEAD));
    return other;
  }
}

/** Uniform in [0, 1), deterministic. */
function noise(minute: number): number {
  let x = Math.imul(minute + 1, 0x9e37_79b1);
  x = Math.imul(x ^ (x >>> 15), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

describe('a model that is learned again from the last two weeks', () => {
  it.each([
    {
      load: 'a day, with noise upon it',
      demandAt: (minute: number) => (20 - 12 * Math.cos((2 * Math.PI * minute) / DAY)) * (0.95 + 0.1 * noise(minute)),
      leastWithinOne: 0.95,
    },
    {
      load: 'bursts that nothing announces',
      demandAt: (minute: number) => 10 + 5 * Math.exp(noise(minute) + noise(minute + 1e6) + noise(minute + 2e6) - 1.5),
      leastWithinOne: 0.6,
    },
  ])('decides nearly like one that has seen everything: $load', ({ demandAt, leastWithinOne }) => {
    const through = new Cluster(initialState(), 20);
    const seen: Observation[] = [];
    for (let minute = 0; minute < 20 * DAY; minute += 1) seen.push(through.tick(minute, demandAt(minute)).observation);
    const again = through.with(relearn(initialState(), SLO, null, seen.slice(-14 * DAY), SETTING));
    let withinOne = 0;
    const servers = { through: 0, again: 0 };
    for (let minute = 20 * DAY; minute < 21 * DAY; minute += 1) {
      const demand = demandAt(minute);
      const one = through.tick(minute, demand).desired;
      const other = again.tick(minute, demand).desired;
      if (Math.abs(one - other) <= 1) withinOne += 1;
      servers.through += one;
      servers.again += other;
    }
    expect(withinOne / DAY).toBeGreaterThan(leastWithinOne);
    expect(Math.abs(servers.again / servers.through - 1)).toBeLessThan(0.05);
  });
});
