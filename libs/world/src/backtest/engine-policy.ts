import {
  type Baseline,
  type Decision,
  type EngineState,
  type Forecast,
  initialState,
  type OpenWindow,
  type Policy,
  type Sample,
  type Seen,
  settle,
  tick,
  uniformObservation,
} from '#engine';

/** CPU from here on may hide demand: with noise, 100 % reads a little less. */
const SATURATED = 0.979;

/** Why a policy cannot be played; `null` when it can. A world of ticks knows CPU and throughput in servers' worth of work, and nothing else. */
export function unplayable({ targetTracking }: Policy): string | null {
  const other = targetTracking?.metrics.find(({ metric }) => metric !== 'cpu');
  return other === undefined ? null : `a backtest knows CPU only, and the policy tracks ${other.metric}`;
}

/** A policy of the engine in a tick world: the very code that decides live, told what the world lets it see. */
export class EnginePolicy implements Baseline {
  /** What the last tick decided, with its steps. */
  decision: Decision | null = null;
  /** What the plan that stands rests on: within a minute there is none but the one that the minute began with. */
  forecast: Forecast | null = null;
  private state: EngineState = initialState();

  /** @param openWindows the windows of the policy's schedule that are open at a time */
  constructor(
    private readonly policy: Policy,
    private readonly openWindows: (at: number) => readonly OpenWindow[] = () => [],
  ) {}

  desired(seen: Seen): number {
    const { at, cpu, served, active, provisioning, min, max, leadSeconds, tickSeconds } = seen;
    const saturated = cpu >= SATURATED;
    const percent = Math.min(100, 100 * cpu);
    // Only the HPA looks at single servers, and here they are all alike.
    const sample =
      this.policy.targetTracking === undefined
        ? null
        : { serverId: 'any', at, cpu: percent, memory: 0, requestRate: served / active };
    const { decision, forecast, state } = tick({
      now: at,
      intervalMs: tickSeconds * 1000,
      bounds: { min, max },
      policy: this.policy,
      observation: uniformObservation({
        at,
        active,
        provisioning,
        cpu: percent,
        requestRate: served,
        demand: cpu * active,
        saturated,
        samples: sample === null ? [] : Array.from({ length: active }, (): Sample => sample),
      }),
      // The world has what it was asked for.
      reference: active + provisioning,
      hold: null,
      openWindows: this.openWindows(at),
      leadTimeMs: leadSeconds * 1000,
      state: this.state,
    });
    // The world grants what is asked for.
    this.state = settle(state, decision.desired - decision.reference, at);
    this.decision = decision;
    this.forecast = forecast ?? this.forecast;
    return decision.desired;
  }
}
