import { describe, expect, it } from '@jest/globals';
import { estimateDemand, initialState, observe, settle, tick } from '../src/index.js';
import type { Decision, EngineState, Policy, Server } from '../src/index.js';
import { START } from './scenario.js';

const MINUTE_MS = 60_000;
const CAPACITY = 10;
const SLO: Policy = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' };

/** Workers behind a queue, of which only the work is known: what waits, and what is under way. */
class Workers {
  state: EngineState = initialState();
  count = 0;
  now = START;
  private readonly pending: { readonly at: number; readonly count: number }[] = [];

  constructor(private readonly leadMinutes: number) {}

  minute(work: number | null): Decision {
    this.now += MINUTE_MS;
    for (const { count } of this.pending.filter(({ at }) => at <= this.now)) this.count = Math.max(this.count, count);
    const servers = Array.from({ length: this.count }, (_, index): Server => ({ id: `w${index}`, state: 'ACTIVE' }));
    const totals = { at: this.now, requestRate: null, demand: work, capacity: CAPACITY };
    const seen = observe({
      now: this.now,
      intervalMs: MINUTE_MS,
      servers,
      samples: [],
      totals,
      partial: work === null,
    });
    const { observation, learned } = estimateDemand(seen, servers, this.state.demand);
    const reference = Math.max(this.count, ...this.pending.filter(({ at }) => at > this.now).map(({ count }) => count));
    const { decision, state } = tick({
      now: this.now,
      intervalMs: MINUTE_MS,
      bounds: { min: 0, max: 100 },
      policy: SLO,
      observation,
      reference,
      hold: null,
      leadTimeMs: this.leadMinutes * MINUTE_MS,
      state: { ...this.state, demand: learned },
    });
    this.state = settle(state, decision.desired - reference, this.now);
    if (decision.desired > reference)
      this.pending.push({ at: this.now + this.leadMinutes * MINUTE_MS, count: decision.desired });
    else if (decision.desired < reference) {
      this.count = decision.desired;
      this.pending.length = 0;
    }
    return decision;
  }
}

describe('a cluster of which only its work is known', () => {
  it('scales from zero with the work, to zero without it, and removes nothing while it is unknown', () => {
    const workers = new Workers(1);
    const quiet = workers.minute(0);
    expect(quiet).toMatchObject({ action: 'MAINTAIN', desired: 0 });
    const first = workers.minute(200);
    expect(first).toMatchObject({ action: 'SCALE_UP', code: 'work_at_zero' });
    expect(first.desired).toBe(Math.ceil(20 / 0.9));
    let most = 0;
    for (let minute = 0; minute < 60; minute += 1) most = Math.max(most, workers.minute(200).desired);
    // The work is known: a queue longer than the servers handle is not taken for a part of a larger one.
    expect(most).toBeGreaterThanOrEqual(20);
    expect(most).toBeLessThanOrEqual(32);
    const before = workers.count;
    for (let minute = 0; minute < 30; minute += 1) {
      const decision = workers.minute(null);
      expect(decision.desired).toBeGreaterThanOrEqual(before);
    }
    let last = workers.minute(0);
    for (let minute = 0; minute < 600 && last.desired > 0; minute += 1) last = workers.minute(0);
    expect(last).toMatchObject({ desired: 0, code: 'idle' });
    expect(workers.minute(35).desired).toBe(4);
  });

  it('follows work that grows beyond its servers without multiplying it', () => {
    const workers = new Workers(2);
    for (let minute = 0; minute < 240; minute += 1) workers.minute(50);
    const counts: number[] = [];
    for (let minute = 0; minute < 30; minute += 1) counts.push(workers.minute(150).desired);
    expect(counts.at(-1)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2 * 15 + 5);
  });
});
