import { describe, expect, it } from '@jest/globals';
import type { ProposeContext } from '../policies/proposer.js';
import { initialState } from '../state.js';
import { tick } from '../tick.js';
import type { Decision, EngineState, Observation, SloPolicy } from '../types.js';
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
  const observation: Observation = {
    at,
    servers: { active, provisioning: 0, draining: 0 },
    reporting: cpu === null ? 0 : active,
    cpu: summary,
    memory: cpu === null ? null : { mean: 20, max: 20 },
    requestRate: null,
    demand: cpu === null ? null : (cpu / 100) * active,
    saturated: cpu !== null && cpu >= 98,
    stalenessMs: 0,
    fresh: cpu !== null,
    refused: {},
    samples: [],
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

/** A proposal with its model as it would be stored, whichever way that was come by. */
function told(proposal: ReturnType<typeof proposeSlo>): unknown {
  return { ...proposal, state: { ...(proposal.state as SloState), model: stateOf(proposal.state).model?.stored() } };
}

describe('the service level as a policy', () => {
  it('settles a steady load close to the promised utilisation', () => {
    const { active } = settled(240);
    expect(active).toBeGreaterThanOrEqual(7);
    expect(active).toBeLessThanOrEqual(8);
  });

  it('says in ordered steps what was seen, expected and what others would have done', () => {
    const { proposal } = settled(60);
    expect(proposal.steps.slice(0, 4).map(({ code }) => code)).toEqual([
      'lead_time',
      'forecast',
      'shadows',
      expect.stringMatching(/^follows_/),
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
    expect(proposal.reason).toMatch(/At most 1 % of requests above 90 % utilisation/);
    expect(proposal.forecast?.quantiles['0.99']).toBeGreaterThanOrEqual(
      proposal.forecast?.quantiles['0.5'] ?? Number.NaN,
    );
  });

  it('says what it wishes beyond the bounds, and what they cut off is told as unmet', () => {
    const bounds = { min: 1, max: 12 };
    const decisions: Decision[] = [];
    let state = initialState();
    for (let minute = 0; minute < 120; minute++) {
      const { observation, now, intervalMs, leadTimeMs } = context(60 * minute, minute < 60 ? 50 : 88, 12);
      const policy = { mode: 'act' as const, slo: POLICY };
      const ticked = tick({ now, intervalMs, leadTimeMs, bounds, observation, policy, hold: null, state });
      decisions.push(ticked.decision);
      state = ticked.state;
    }
    const decision = decisions.at(-1)!;
    expect(decision).toMatchObject({ desired: 12, action: 'MAINTAIN' });
    expect(decision.wished).toBeGreaterThan(12);
    expect(decision.unmet).toBe(decision.wished - 12);
    const codes = decision.steps.map(({ code }) => code);
    expect(codes).not.toContain('churn');
    expect(decision.steps.at(-1)).toMatchObject({ stage: 'bound', before: decision.wished, after: 12 });
  });

  it('asks for nothing and keeps its memory while demand is unknown', () => {
    const { state, active } = settled(30);
    const proposal = proposeSlo(POLICY, context(60 * 31, null, active), state);
    expect(proposal.desired).toBeNull();
    expect(proposal.state).toBe(state);
  });

  it('grows while the cluster is saturated, within a minute too', () => {
    const { state, active } = settled(30);
    expect(proposeSlo(POLICY, context(60 * 31, 100, active), state).desired).toBeGreaterThan(active);
    expect(proposeSlo(POLICY, context(60 * 30 + 15, 100, active), state).desired).toBeGreaterThan(active);
  });

  it('does not wait for the end of the minute while demand is more than all servers carry', () => {
    const { state, active } = settled(30);
    const within = (cpu: number, overrides: Partial<ProposeContext> = {}) =>
      proposeSlo(POLICY, context(60 * 30 + 15, cpu, active, overrides), state);
    expect(active).toBeGreaterThan(5);
    for (const cpu of [80, 90, 94]) expect(within(cpu).desired).toBe(active);
    const grown = within(97);
    expect(grown.desired).toBe(Math.ceil((0.97 * active) / 0.9));
    expect(grown.steps.at(-1)).toMatchObject({ code: 'outgrown', before: active, after: grown.desired });
    expect(grown.reason).toBe(grown.steps.at(-1)?.reason);
    // Those on their way are enough.
    expect(within(97, { current: active + 2 }).desired).toBe(active + 2);
  });

  it('stands by its plan within the minute, where it was not carried out too', () => {
    const { state, active } = settled(30);
    const planned = proposeSlo(POLICY, context(60 * 31, 89, active), state);
    expect(planned.desired).toBeGreaterThan(active);
    const within = proposeSlo(POLICY, context(60 * 31 + 15, 89, active), planned.state);
    expect(within).toMatchObject({ desired: planned.desired, code: planned.code });
    expect(within.reason).toMatch(/demand was [\d.]+ servers when the minute began, so/);
    expect(within.steps.map(({ code }) => code)).toEqual(planned.steps.map(({ code }) => code));
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

  it('begins anew when the promise changed or the state cannot be read', () => {
    const { state, active } = settled(30);
    const stricter = { ...POLICY, violations: 0.001 };
    const fresh = proposeSlo(stricter, context(60 * 31, 60, active), undefined);
    expect(told(proposeSlo(stricter, context(60 * 31, 60, active), state))).toEqual(told(fresh));
    for (const damaged of [{ model: {} }, { model: null, changes: 'x' }, 7]) {
      expect(told(proposeSlo(stricter, context(60 * 31, 60, active), damaged))).toEqual(told(fresh));
    }
  });

  it('keeps what it learnt when the lead time changes', () => {
    const { state, active } = settled(600);
    const slower = proposeSlo(POLICY, context(60 * 601, 60, active, { leadTimeMs: 290_000 }), state);
    expect(slower.forecast?.horizonMs).toBe(6 * MINUTE);
    expect(slower.desired).toBeLessThanOrEqual(active + 1);
  });

  it('does not take a little shorter lead time for news', () => {
    const { state, active } = settled(60);
    expect(proposeSlo(POLICY, context(60 * 61, 60, active, { leadTimeMs: 61_000 }), state).forecast?.horizonMs).toBe(
      3 * MINUTE,
    );
    expect(proposeSlo(POLICY, context(60 * 61, 60, active, { leadTimeMs: 181_000 }), state).forecast?.horizonMs).toBe(
      5 * MINUTE,
    );
  });

  it('counts what was carried out against the actions of a day, and not what was only wished', () => {
    const limited = { ...POLICY, maxActionsPerDay: 2 };
    const changed = (...hours: number[]): EngineState => ({
      ...initialState(),
      changes: hours.map((hour) => ({ at: hour * 3_600_000, by: 1 })),
    });
    let state: unknown;
    // Idle, so that servers are to go; nothing of it is carried out.
    for (let minute = 0; minute < 30; minute++) {
      ({ state } = proposeSlo(limited, context(60 * minute, 1, 50), state));
    }
    const wished = proposeSlo(limited, context(60 * 30, 1, 50), state);
    expect(wished.desired).toBeLessThan(50);
    // Two changes, of which the engine itself soon remembers one only.
    ({ state } = proposeSlo(limited, context(3600, 1, 50, { engine: changed(0.6) }), state));
    const held = proposeSlo(limited, context(7000, 1, 50, { engine: changed(1.9) }), state);
    expect(held).toMatchObject({ desired: 50, code: 'max_actions_per_day' });
    expect((held.state as SloState).changes).toEqual([0.6 * 3_600_000, 1.9 * 3_600_000]);
    // A day after the first of them one is allowed again.
    const later = proposeSlo(limited, context(25 * 3600, 1, 50), held.state);
    expect(later.desired).toBeLessThan(50);
  });

  it('removes no server beyond the actions that a day may have', () => {
    const limited = { ...POLICY, maxActionsPerDay: 0 };
    const proposal = proposeSlo(limited, context(0, 10, 50), undefined);
    expect(proposal.desired).toBe(50);
    expect(proposal.code).toBe('max_actions_per_day');
  });
});

describe('a model that is stored', () => {
  const SETTING = { intervalMs: MINUTE, bounds: { min: 1, max: 100 }, leadTimeMs: 120_000 };

  /** Two days of a load with a day, ticked live; what was seen, and the states along the way. */
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

  /** As the database gives it back: the state without its model. */
  function stored(state: EngineState): EngineState {
    return JSON.parse(JSON.stringify(state)) as EngineState;
  }

  it('goes on from the history that came after it as if it had run through, and so it does without', () => {
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

  it('is as large as was promised', () => {
    const { states } = live(10);
    expect(modelOf(states.at(-1)!)!.memory.length).toBeLessThanOrEqual(65_536);
  });

  it('that does not fit is not used in part', () => {
    const { history, states } = live(300);
    const model = modelOf(states.at(-1)!)!;
    const anew = relearn(initialState(), POLICY, null, history, SETTING);
    for (const damaged of [
      { ...model, memory: model.memory.slice(1), minute: -1 },
      { ...model, violations: 0.5, minute: -1 },
      { ...model, version: 1 as 2 },
    ]) {
      expect(modelOf(relearn(initialState(), POLICY, damaged, history, SETTING))).toEqual(modelOf(anew));
    }
  });

  it('stays away where there was nothing to learn', () => {
    expect(relearn(initialState(), POLICY, null, [], SETTING)).toEqual(initialState());
    expect(modelOf(initialState())).toBeNull();
  });
});
