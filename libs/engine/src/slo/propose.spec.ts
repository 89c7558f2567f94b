import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ProposeContext } from '../policies/proposer.js';
import { initialState } from '../state.js';
import { tick } from '../tick.js';
import type { Decision, EngineState, Observation, SloPolicy } from '../types.js';
import { uniformObservation } from '../uniform.js';
import { TUNING } from './constants.js';
import type { Learnable } from './learning.js';
import { proposeSlo, type SloState, stateOf } from './propose.js';
import { modelOf, relearn } from './relearn.js';

const POLICY: SloPolicy = { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null };
const MINUTE = 60_000;

function context(
  second: number,
  cpu: number | null,
  active: number,
  overrides: Partial<ProposeContext> = {},
): ProposeContext {
  const at = second * 1000;
  const summary = cpu === null ? null : { mean: cpu, max: cpu };
  const known = { at, active, provisioning: 0, cpu: cpu ?? 0, requestRate: 0, demand: ((cpu ?? 0) / 100) * active };
  const observation: Observation = {
    ...uniformObservation({ ...known, saturated: cpu !== null && cpu >= 98 }),
    reporting: cpu === null ? 0 : active,
    cpu: summary,
    memory: cpu === null ? null : { mean: 20, max: 20 },
    requestRate: null,
    fresh: cpu !== null,
    ...(cpu === null ? { demand: null } : {}),
  };
  return {
    now: at,
    intervalMs: MINUTE,
    bounds: { min: 1, max: 100 },
    observation,
    current: active,
    leadTimeMs: 120_000,
    engine: initialState(),
    ...overrides,
  };
}

/** Ticks a minute apart on a steady load; returns the last proposal and the fleet. */
function settled(minutes: number, demand = 6) {
  let active = 10;
  let state: unknown;
  let proposal = proposeSlo(POLICY, context(0, (100 * demand) / active, active), state);
  for (let minute = 1; minute <= minutes; minute++) {
    proposal = proposeSlo(POLICY, context(60 * minute, Math.min(100, (100 * demand) / active), active), state);
    state = proposal.state;
    active = proposal.desired ?? active;
  }
  return { proposal, active, state };
}

/** A proposal with its model as stored, however it was computed. */
function told(proposal: ReturnType<typeof proposeSlo>): unknown {
  return { ...proposal, state: { ...(proposal.state as SloState), model: stateOf(proposal.state).model?.stored() } };
}

describe('the service level as a policy', () => {
  it('converges to the promised utilization under a steady load', () => {
    const { active } = settled(240);
    expect(active).toBeGreaterThanOrEqual(7);
    expect(active).toBeLessThanOrEqual(8);
  });

  it('has ordered steps: observation, forecast, and what other autoscalers would have done', () => {
    const { proposal } = settled(60);
    expect(proposal.steps.slice(0, 4).map(({ code }) => code)).toEqual([
      'lead_time',
      'forecast',
      'shadows',
      'cold_start_cheapest',
    ]);
    expect(proposal.steps[2]!.data).toEqual({
      shadow_hpa: expect.any(Number),
      shadow_aws: expect.any(Number),
      shadow_nomad: expect.any(Number),
      shadow_azure: expect.any(Number),
      shadow_trailing: expect.any(Number),
    });
    expect(proposal.steps[3]!.data).toMatchObject({ budget_promised: 0.01, level: expect.any(Number) });
    expect(proposal.steps.at(-1)!.after).toBe(proposal.desired);
    expect(proposal.forecast?.quantiles['0.99']).toBeGreaterThanOrEqual(
      proposal.forecast?.quantiles['0.5'] ?? Number.NaN,
    );
  });

  it('shows its proposal beyond the bounds, and reports what they cut off as unmet', () => {
    const bounds = { min: 1, max: 12 };
    const decisions: Decision[] = [];
    let state = initialState();
    for (let minute = 0; minute < 120; minute++) {
      const { observation, now, intervalMs, leadTimeMs } = context(60 * minute, minute < 60 ? 50 : 88, 12);
      const policy = { mode: 'act' as const, slo: POLICY };
      const ticked = tick({
        now,
        intervalMs,
        leadTimeMs,
        bounds,
        observation,
        reference: 12,
        policy,
        hold: null,
        state,
      });
      decisions.push(ticked.decision);
      state = ticked.state;
    }
    const decision = decisions.at(-1)!;
    expect(decision).toMatchObject({ desired: 12, action: 'MAINTAIN' });
    expect(decision.wished).toBeGreaterThan(12);
    expect(decision.unmet).toBe(decision.wished - 12);
    const codes = decision.steps.map(({ code }) => code);
    expect(codes).not.toContain('churn');
    expect(decision.steps.at(-1)).toMatchObject({
      stage: 'bound',
      before: decision.wished,
      after: 12,
      data: { bound: 12, from: 'max_servers' },
    });
  });

  it('proposes nothing and keeps its state while demand is unknown', () => {
    const { state, active } = settled(30);
    const proposal = proposeSlo(POLICY, context(60 * 31, null, active), state);
    expect(proposal.desired).toBeNull();
    expect(proposal.state).toBe(state);
  });

  it('grows while the cluster is saturated, within a minute, too, and shows by how much', () => {
    const { state, active } = settled(240);
    const grown = proposeSlo(POLICY, context(60 * 241, 100, active), state);
    expect(grown).toMatchObject({ desired: 4 * active, code: 'grows_out_of_saturation' });
    const [plan, growth] = grown.steps.slice(-2);
    // The expert's plan says nothing about hidden demand.
    expect(plan).toMatchObject({ code: 'follows_forecast', data: { level: null } });
    expect(growth).toMatchObject({ before: plan!.after, after: 4 * active, data: { demand: active, factor: 4 } });
    expect(plan!.after).toBeLessThan(4 * active);
    const hidden = grown.steps.find(({ code }) => code === 'saturated');
    expect(hidden?.data).toMatchObject({ demand: active, utilization: 1, new_step: true });
    const within = proposeSlo(POLICY, context(60 * 240 + 15, 100, active), state);
    expect(within).toMatchObject({ desired: 4 * active, code: 'outgrown' });
    expect(within.steps.at(-1)).toMatchObject({ data: { saturated: true, factor: 4 } });
  });

  it('removes nothing while the cluster is saturated, and shows that', () => {
    const { state, active } = settled(240);
    const { observation } = context(60 * 241, 100, active);
    const coming = { ...observation, servers: { ...observation.servers, provisioning: 6 * active } };
    const current = 7 * active;
    const kept = proposeSlo(POLICY, context(60 * 241, 100, active, { observation: coming, current }), state);
    expect(kept).toMatchObject({ desired: current, code: 'kept_in_saturation' });
    expect(kept.steps.at(-1)).toMatchObject({ before: 4 * active, after: current, data: { demand: active } });
  });

  it('shows observation, forecast with its quantile, and the expert that decides', () => {
    const { proposal, active } = settled(240);
    const plan = proposal.steps.at(-1)!;
    expect(plan).toMatchObject({ code: 'follows_forecast', after: active });
    expect(plan.data).toMatchObject({
      followed: expect.stringMatching(/^forecast /),
      ground: 'keeps_it',
      chosen_among: 'forecasts',
      budget_promised: 0.01,
      highest_demand: 0.9 * active,
    });
    const level = Number(plan.data?.['level']);
    expect(level).toBeGreaterThan(0.9);
    expect(level).toBeLessThan(1);
    expect(Number(plan.data?.['aim'])).toBeLessThan(0.01);
    const seen = proposal.steps[1]!;
    expect(seen).toMatchObject({ code: 'forecast', data: { demand: expect.closeTo(6), horizon_minutes: 3 } });
    expect(seen.data?.['utilization']).toBeCloseTo(6 / active);
    expect(proposal.steps[2]!.data?.['shadow_hpa']).not.toBe(active);
  });

  it('keeps the highest proposal of the last minutes, and shows that', () => {
    // After six minutes a cheaper expert replaces the initial one.
    const { state, active } = settled(6);
    const kept = proposeSlo(POLICY, context(60 * 7, 600 / active, active), state);
    expect(kept).toMatchObject({ desired: active, code: 'stabilised_down' });
    const [plan, step] = kept.steps.slice(-2);
    expect(plan!.after).toBeLessThan(active);
    expect(step).toMatchObject({ before: plan!.after, after: active, data: { highest_wish: active, minutes: 5 } });
  });

  it('skips changes with too little gain, and shows that', () => {
    const { state, active } = settled(240, 60);
    const more = active + 1;
    const kept = proposeSlo(POLICY, context(60 * 241, 6000 / more, more), state);
    expect(kept).toMatchObject({ desired: more, code: 'churn' });
    const step = kept.steps.at(-1)!;
    expect(step).toMatchObject({ stage: 'stabilise', before: active, after: more });
    expect(step.data?.['least_gain']).toBeCloseTo(TUNING.churn * more);
    expect(step.data?.['gain']).toBeLessThanOrEqual(TUNING.churn * more);
  });

  it('moves in steps to its proposal, and the last sentence ends there', () => {
    const limited = { ...POLICY, maxActionsPerDay: 12 };
    let active = 10;
    let state: unknown;
    const codes = new Set<string>();
    for (let minute = 0; minute < 1600; minute++) {
      const demand =
        6 * (1 + 2 * Number(minute % 97 > 80)) + ((minute * 7919) % 13) / 13 + (minute % 700 === 699 ? 40 : 0);
      const engine = { ...initialState(), changes: minute % 5 === 0 ? [{ at: (minute - 1) * MINUTE, by: 1 }] : [] };
      const seen = context(60 * minute, Math.min(100, (100 * demand) / active), active, { engine });
      const proposal = proposeSlo(limited, seen, state);
      const { steps, desired, reason } = proposal;
      const way = steps.filter(({ stage }) => stage !== 'forecast');
      for (const [index, step] of way.entries()) expect(step.before).toBe(index === 0 ? active : way[index - 1]!.after);
      expect(steps.at(-1)).toMatchObject({ after: desired, code: proposal.code });
      expect(reason).toMatch(/^\S.*\.(\n\S.*\.)?$/);
      for (const text of [reason, ...steps.map((one) => one.reason)]) expect(text).not.toMatch(/undefined|NaN|null/);
      const hpa = Number(steps.find(({ code }) => code === 'shadows')?.data?.['shadow_hpa']);
      expect(reason.includes('HPA')).toBe(hpa !== desired);
      steps.forEach((step) => codes.add(step.code));
      state = proposal.state;
      active = desired ?? active;
    }
    for (const code of ['stabilised_down', 'churn', 'max_actions_per_day', 'grows_out_of_saturation']) {
      expect(codes).toContain(code);
    }
  });

  it('does not wait for the end of the minute while demand exceeds all servers', () => {
    const { state, active } = settled(30);
    const within = (cpu: number, overrides: Partial<ProposeContext> = {}) =>
      proposeSlo(POLICY, context(60 * 30 + 15, cpu, active, overrides), state);
    expect(active).toBeGreaterThan(5);
    for (const cpu of [80, 90, 94]) expect(within(cpu).desired).toBe(active);
    const grown = within(97);
    expect(grown.desired).toBe(Math.ceil((0.97 * active) / 0.9));
    expect(grown.steps.at(-1)).toMatchObject({
      code: 'outgrown',
      before: active,
      after: grown.desired,
      data: { saturated: false, factor: null },
    });
    expect(Number(grown.steps.at(-1)?.data?.['demand'])).toBeCloseTo(0.97 * active);
    expect(grown.reason).toBe(grown.steps.at(-1)?.reason);
    // The pending servers are enough.
    expect(within(97, { current: active + 2 }).desired).toBe(active + 2);
  });

  it('keeps what was requested within a minute for the stabilization window', () => {
    const { state, active } = settled(30);
    const grown = proposeSlo(POLICY, context(60 * 30 + 15, 97, active), state);
    const more = grown.desired!;
    expect(more).toBeGreaterThan(active);
    const after = (seconds: number, total: number, from: unknown) => {
      const seen = context(60 * 30 + seconds, 600 / active, active, { current: total });
      const servers = { active, provisioning: total - active, draining: 0 };
      return proposeSlo(POLICY, { ...seen, observation: { ...seen.observation, servers } }, from);
    };
    const kept = after(30, more, grown.state);
    expect(kept.desired).toBe(more);
    const step = after(60, more, kept.state);
    expect(step).toMatchObject({ desired: more, code: 'outgrown_kept' });
    expect(step.steps.at(-1)).toMatchObject({ stage: 'stabilise', after: more, data: { minutes: 5 } });
    // Across a restart, too.
    const { model: _, ...json } = step.state as SloState;
    const stored: EngineState = { ...initialState(), policies: { slo: JSON.parse(JSON.stringify(json)) as unknown } };
    const setting = { intervalMs: MINUTE, bounds: { min: 1, max: 100 }, leadTimeMs: 120_000 };
    const model = modelOf({ policies: { slo: step.state } });
    const { slo: restarted } = relearn(stored, POLICY, model, [], setting).policies;
    let last = restarted;
    for (const minute of [2, 3, 4, 5]) {
      const held = after(60 * minute, more, last);
      expect(held.desired).toBe(more);
      last = held.state;
    }
    expect(after(360, more, last).desired).toBeLessThan(more);
    // What was not carried out is not requested again.
    expect(after(60, active, kept.state).desired).toBe(active);
    // After the clock was set back it counts from now on.
    const ahead = { ...(grown.state as SloState), outgrown: [{ at: 9e15, count: more }] };
    const setBack = after(60, more, ahead);
    expect(setBack.desired).toBe(more);
    expect(stateOf(setBack.state).outgrown).toEqual([{ at: 60_000 * 31, count: more }]);
  });

  it('keeps its plan within the minute, even if it was not carried out', () => {
    const { state, active } = settled(30);
    const planned = proposeSlo(POLICY, context(60 * 31, 89, active), state);
    expect(planned.desired).toBeGreaterThan(active);
    const within = proposeSlo(POLICY, context(60 * 31 + 15, 89, active), planned.state);
    expect(within).toMatchObject({ desired: planned.desired, code: planned.code });
    const [old, stale] = [planned, within].map(({ steps }) => steps.find(({ code }) => code === 'forecast')?.data);
    expect(stale).toMatchObject({ demand: old?.['demand'], new_step: false });
    expect(within.steps.map(({ code }) => code)).toEqual(planned.steps.map(({ code }) => code));
  });

  it('removes servers only at the start of a minute, and shows that', () => {
    const { state, active } = settled(240);
    const more = active + 12;
    const planned = proposeSlo(POLICY, context(60 * 241, 600 / more, more), state);
    expect(planned.desired).toBeLessThan(more);
    // It was not carried out.
    const within = proposeSlo(POLICY, context(60 * 241 + 15, 600 / more, more), planned.state);
    expect(within).toMatchObject({ desired: more, code: 'kept_within_minute' });
    expect(within.steps.at(-1)).toMatchObject({ before: planned.desired, after: more });
  });

  it('continues from the plan of the last step, across restarts', () => {
    const { state, active } = settled(300);
    const planned = proposeSlo(POLICY, context(60 * 301, 95, active), state);
    expect(planned.desired).toBeGreaterThan(active);
    const engine = { ...initialState(), policies: { slo: planned.state } };
    const setting = { intervalMs: MINUTE, bounds: { min: 1, max: 100 }, leadTimeMs: 120_000 };
    const restored = relearn(initialState(), POLICY, modelOf(engine), [], setting).policies.slo;
    const within = (cpu: number, after: unknown) => {
      const { desired, code, reason, steps } = proposeSlo(POLICY, context(60 * 301 + 15, cpu, active), after);
      return { desired, code, reason, steps };
    };
    for (const cpu of [50, 95, 100]) expect(within(cpu, restored)).toEqual(within(cpu, planned.state));
    expect(within(50, restored)).toMatchObject({ desired: planned.desired });
    expect(within(100, restored)).toMatchObject({ desired: 4 * active, code: 'outgrown' });
  });

  it('keeps time over a gap in the ticks', () => {
    const { state, active } = settled(240);
    const later = proposeSlo(POLICY, context(60 * 300, 600 / active, active), state);
    const without = settled(300);
    expect(Math.abs((later.desired ?? Number.NaN) - without.active)).toBeLessThanOrEqual(1);
    const next = proposeSlo(POLICY, context(60 * 301, 600 / active, active), later.state);
    expect((next.state as SloState).model.minute).toBe(301);
    expect(next.forecast?.quantiles['0.5']).toBeCloseTo(6, 0);
  });

  it('learns once a minute', () => {
    const { state, active } = settled(30);
    const between = proposeSlo(POLICY, context(60 * 30 + 15, 60, active), state);
    expect((between.state as SloState).model).toBe((state as SloState).model);
    expect(between.forecast).toBeUndefined();
  });

  it('proposes the same from the same state, however often', () => {
    const { state, active } = settled(300);
    const [once, again, thrice] = [1, 2, 3].map(() => told(proposeSlo(POLICY, context(60 * 301, 80, active), state)));
    expect(again).toEqual(once);
    expect(thrice).toEqual(once);
  });

  it('starts from nothing when the promise changed or the state is invalid', () => {
    const { state, active } = settled(30);
    const stricter = { ...POLICY, violations: 0.001 };
    const fresh = proposeSlo(stricter, context(60 * 31, 60, active), undefined);
    expect(told(proposeSlo(stricter, context(60 * 31, 60, active), state))).toEqual(told(fresh));
    for (const damaged of [{ model: {} }, { model: null, changes: 'x' }, 7]) {
      expect(told(proposeSlo(stricter, context(60 * 31, 60, active), damaged))).toEqual(told(fresh));
    }
  });

  it('keeps what it learned when the lead time changes', () => {
    const { state, active } = settled(600);
    const slower = proposeSlo(POLICY, context(60 * 601, 60, active, { leadTimeMs: 290_000 }), state);
    expect(slower.forecast?.horizonMs).toBe(6 * MINUTE);
    expect(slower.desired).toBeLessThanOrEqual(active + 1);
  });

  it('uses another lead time from the next step on', () => {
    const { state, active } = settled(300);
    const planned = (seconds: number, leadTimeMs: number) => {
      const { steps } = proposeSlo(POLICY, context(seconds, 60, active, { leadTimeMs }), state);
      return { lead: steps[0], expected: steps[1] };
    };
    expect(planned(60 * 300 + 15, 290_000)).toEqual(planned(60 * 300 + 15, 120_000));
    expect(planned(60 * 301, 290_000)).toMatchObject({ lead: { data: { lead_seconds_planned: 300 } } });
    expect(planned(60 * 301, 120_000)).toMatchObject({ lead: { data: { lead_seconds_planned: 120 } } });
  });

  it('shows how far it plans ahead if the lead time exceeds the horizon', () => {
    const { state, active } = settled(30);
    const asked = (leadTimeMs: number) => {
      const { steps, state: after } = proposeSlo(POLICY, context(60 * 31, 60, active, { leadTimeMs }), state);
      return { ...steps[0]!, planned: (after as SloState).report?.leadSeconds };
    };
    expect(asked(31 * MINUTE)).toMatchObject({
      data: { lead_seconds: 1860, lead_seconds_planned: 1860, horizon_minutes: 32, lead_time_source: 'given' },
      planned: 1860,
    });
    expect(asked(45 * MINUTE)).toMatchObject({
      code: 'lead_time',
      data: { lead_seconds: 2700, lead_seconds_planned: 1860, horizon_minutes: 32 },
      planned: 1860,
    });
  });

  it('follows a slightly shorter lead time once it has been so for an hour, and a longer one at once', () => {
    const { state, active } = settled(60);
    const horizonAfter = (leads: readonly number[]): number | undefined => {
      let last: { state: unknown; forecast?: { readonly horizonMs: number } | undefined } = { state };
      leads.forEach((leadTimeMs, index) => {
        // Ticks every 20 s: the hour ends within a minute.
        for (const second of [0, 20, 40]) {
          const seen = context(60 * (61 + index) + second, 60, active, { leadTimeMs });
          const { forecast, ...next } = proposeSlo(POLICY, seen, last.state);
          last = { ...next, forecast: forecast ?? last.forecast };
        }
      });
      return last.forecast?.horizonMs;
    };
    const minutes = (count: number, leadTimeMs = 60_000): readonly number[] => Array(count).fill(leadTimeMs);
    expect(horizonAfter(minutes(60))).toBe(3 * MINUTE);
    expect(horizonAfter(minutes(61))).toBe(2 * MINUTE);
    expect(horizonAfter([...minutes(40), 61_000, ...minutes(60)])).toBe(3 * MINUTE);
    expect(horizonAfter([...minutes(40), 61_000, ...minutes(61)])).toBe(2 * MINUTE);
    expect(proposeSlo(POLICY, context(60 * 61, 60, active, { leadTimeMs: 181_000 }), state).forecast?.horizonMs).toBe(
      5 * MINUTE,
    );
  });

  it.each([
    ['a little shorter than what is planned with', 2, 61, 2000, 60, 120, 3],
    ['another one, until the next step', 4, 60.25, 290_000, 300, 120, 3],
    ['what is planned with from this step on', 4, 61, 290_000, undefined, 300, 6],
    ['as long as what is planned with', 1, 61, 120_000, undefined, 120, 3],
  ])('shows the lead time in use when it was measured %s', (_, count, minute, plannedMs, other, lead, minutes) => {
    const { state, active } = settled(60);
    const leadTime = { count, p50Ms: plannedMs, p90Ms: plannedMs, maxMs: plannedMs, plannedMs };
    const asked = context(60 * minute, 60, active, { leadTime, leadTimeMs: plannedMs });
    const { data } = proposeSlo(POLICY, asked, state).steps[0]!;
    expect(data).toMatchObject({
      lead_seconds: lead,
      horizon_minutes: minutes,
      lead_time_source: 'measured',
      lead_time_count: count,
      lead_time_planned_ms: plannedMs,
      lead_time_p50_ms: plannedMs,
      lead_time_max_ms: plannedMs,
    });
    expect(data?.['lead_seconds_measured']).toBe(other);
  });

  it('counts executed changes against the daily limit, and not mere proposals', () => {
    const limited = { ...POLICY, maxActionsPerDay: 2 };
    const changed = (...hours: number[]): EngineState => ({
      ...initialState(),
      changes: hours.map((hour) => ({ at: hour * 3_600_000, by: 1 })),
    });
    // Idle, so that servers should be removed; nothing is carried out.
    const idle = (from: number, to: number, before: unknown): unknown => {
      let last = before;
      for (let minute = from; minute < to; minute++)
        last = proposeSlo(limited, context(60 * minute, 1, 50), last).state;
      return last;
    };
    let state = idle(0, 30, undefined);
    const wished = proposeSlo(limited, context(60 * 30, 1, 50), state);
    expect(wished.desired).toBeLessThan(50);
    // Two changes; the engine itself soon remembers only one.
    ({ state } = proposeSlo(limited, context(3600, 1, 50, { engine: changed(0.6) }), state));
    state = idle(111, 117, state);
    const held = proposeSlo(limited, context(60 * 117, 1, 50, { engine: changed(1.9) }), state);
    expect(held).toMatchObject({ desired: 50, code: 'max_actions_per_day' });
    expect(held.steps.at(-1)).toMatchObject({ stage: 'limit', after: 50, data: { changes: 2, allowed: 2 } });
    expect((held.state as SloState).changes).toEqual([0.6 * 3_600_000, 1.9 * 3_600_000]);
    // The next minute does not allow it either, so no end time must be stated.
    const within = proposeSlo(limited, context(60 * 117 + 15, 1, 50), held.state);
    expect(within).toMatchObject({ desired: 50, code: 'max_actions_per_day' });
    expect(within.steps.at(-1)).toEqual(held.steps.at(-1));
    expect(within.steps.map(({ code }) => code)).not.toContain('kept_within_minute');
    // Outgrown demand adds servers all the same.
    const outgrown = proposeSlo(limited, context(60 * 117 + 15, 96, 50), held.state);
    expect(outgrown).toMatchObject({ desired: 54, code: 'outgrown' });
    // A day after the first change, one is allowed again.
    const later = proposeSlo(limited, context(25 * 3600, 1, 50), idle(1494, 1500, held.state));
    expect(later.desired).toBeLessThan(50);
  });

  it('removes no server above the daily limit', () => {
    const limited = { ...POLICY, maxActionsPerDay: 0 };
    let proposal = proposeSlo(limited, context(0, 10, 50), undefined);
    for (let minute = 1; minute < 6; minute++)
      proposal = proposeSlo(limited, context(60 * minute, 10, 50), proposal.state);
    expect(proposal.desired).toBe(50);
    expect(proposal.code).toBe('max_actions_per_day');
  });
});

describe('gaps, restarts and clocks that are set back', () => {
  const event = fc.record({
    demand: fc.double({ min: 0.1, max: 30, noNaN: true }),
    known: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
    /** Minutes until the next tick. */
    minutes: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.integer({ min: -40, max: 40 })),
    restart: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, fc.constant(true)),
  });

  it('remove no server for five minutes, because demand in between is unknown', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 2, maxLength: 60 }), (events) => {
        let state: unknown;
        let active = 20;
        let minute = 1000;
        let steps: number[] = [];
        for (const { demand, known, minutes, restart } of events) {
          const cpu = Math.min(100, (100 * demand) / active);
          const proposal = proposeSlo(POLICY, context(60 * minute, known ? cpu : null, active), state);
          steps = steps.filter((at) => at > minute - 5 && at <= minute);
          const least = steps.length === 0 ? active : 1;
          expect(proposal.desired ?? active).toBeGreaterThanOrEqual(least);
          if (known) steps.push(minute);
          state = proposal.state;
          active = proposal.desired ?? active;
          minute += minutes;
          if (!restart) continue;
          state = JSON.parse(JSON.stringify(state ?? null)) as unknown;
          steps = [];
        }
      }),
      {
        numRuns: 150,
        examples: [
          [
            // The clock is set back and catches up; by its time, what was needed before is less than five minutes ago.
            [1, -24, 1, 1, 26, 1, 1].map((minutes, index) => ({
              demand: 0.1,
              known: true,
              minutes,
              restart: index >= 5,
            })),
          ],
        ],
      },
    );
  });
});

describe('a stored model', () => {
  const SETTING = { intervalMs: MINUTE, bounds: { min: 1, max: 100 }, leadTimeMs: 120_000 };

  /** Two days of a daily load, ticked live: observations and intermediate states. */
  function live(minutes: number) {
    const history: Learnable[] = [];
    const states: EngineState[] = [];
    const desired: (number | null)[] = [];
    let active = 10;
    let slo: unknown;
    for (let minute = 0; minute < minutes; minute++) {
      const demand = 6 + 4 * Math.sin((2 * Math.PI * minute) / 1440) + ((minute * 7919) % 13) / 13;
      const seen = context(60 * minute, Math.min(100, (100 * demand) / active), active);
      const proposal = proposeSlo(POLICY, seen, slo);
      slo = proposal.state;
      active = proposal.desired ?? active;
      history.push(seen.observation);
      desired.push(proposal.desired);
      states.push({ ...initialState(), policies: { slo } });
    }
    return { history, states, desired };
  }

  /** As restored from the database: without its model. */
  function stored(state: EngineState): EngineState {
    return JSON.parse(JSON.stringify(state)) as EngineState;
  }

  it('replays the history since and ends as if it had never stopped, also from no model', () => {
    const { history, states } = live(2000);
    const last = states.at(-1)!;
    const next = context(60 * 2000, 70, history.at(-1)!.servers.active);
    const ranThrough = proposeSlo(POLICY, next, last.policies.slo);
    expect(JSON.stringify(last).length).toBeLessThan(1500);
    const fromModel = relearn(stored(last), POLICY, modelOf(states[1200]!), history.slice(1201), SETTING);
    expect(told(proposeSlo(POLICY, next, fromModel.policies.slo))).toEqual(told(ranThrough));
    const fromHistory = relearn(stored(last), POLICY, null, history, SETTING);
    expect(told(proposeSlo(POLICY, next, fromHistory.policies.slo))).toEqual(told(ranThrough));
    const withoutHistory = relearn(stored(last), POLICY, modelOf(last), [], SETTING);
    expect(told(proposeSlo(POLICY, next, withoutHistory.policies.slo))).toEqual(told(ranThrough));
  });

  it('has the documented size', () => {
    const { states } = live(10);
    expect(modelOf(states.at(-1)!)!.memory.length).toBeLessThanOrEqual(65_536);
  });

  it('is not used partially if it does not fit', () => {
    const { history, states } = live(300);
    const model = modelOf(states.at(-1)!)!;
    const anew = relearn(initialState(), POLICY, null, history, SETTING);
    for (const damaged of [
      { ...model, memory: model.memory.slice(1), minute: -1 },
      { ...model, violations: 0.5, minute: -1 },
      { ...model, version: 5 as 6 },
    ]) {
      expect(modelOf(relearn(initialState(), POLICY, damaged, history, SETTING))).toEqual(modelOf(anew));
    }
  });

  it('is absent while nothing was learned', () => {
    expect(relearn(initialState(), POLICY, null, [], SETTING)).toEqual(initialState());
    expect(modelOf(initialState())).toBeNull();
  });
});
