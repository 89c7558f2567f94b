import {
  type Baseline,
  type Decision,
  type EngineState,
  type Forecast,
  initialState,
  type Policy,
  type Seen,
  settle,
  tick,
} from '#engine';

/** CPU from here on may hide demand: with noise, 100 % reads a little less. */
const SATURATED = 0.979;

/** A policy of the engine in a tick world: the very code that decides live, told what the world lets it see. */
export class EnginePolicy implements Baseline {
  /** What the last tick decided, with its steps. */
  decision: Decision | null = null;
  forecast: Forecast | null = null;
  private state: EngineState = initialState();

  constructor(private readonly policy: Policy) {}

  desired(seen: Seen): number {
    const { at, cpu, served, active, provisioning, min, max, leadSeconds, tickSeconds } = seen;
    const saturated = cpu >= SATURATED;
    const percent = Math.min(100, 100 * cpu);
    const { decision, forecast, state } = tick({
      now: at,
      intervalMs: tickSeconds * 1000,
      bounds: { min, max },
      policy: this.policy,
      observation: {
        at,
        servers: { active, provisioning, draining: 0 },
        reporting: active,
        cpu: { mean: percent, max: percent },
        memory: null,
        requestRate: served,
        demand: cpu * active,
        saturated,
        stalenessMs: 0,
        fresh: true,
        refused: {},
        samples: [],
      },
      hold: null,
      leadTimeMs: leadSeconds * 1000,
      state: this.state,
    });
    // The world grants what is asked for.
    this.state = settle(state, decision, 'success', at);
    this.decision = decision;
    this.forecast = forecast;
    return decision.desired;
  }
}
