import {
  type Baseline,
  type Decision,
  type EngineState,
  type Forecast,
  initialState,
  modelOf,
  type Observation,
  type OpenWindow,
  type Policy,
  type Sample,
  type Seen,
  settle,
  type StoredModel,
  tick,
  uniformObservation,
} from '#engine';

/** CPU from which demand may be hidden: 100 % minus noise. */
const SATURATED = 0.979;

/**
 * Why a policy cannot be played; `null` if it can. A tick world has only CPU and throughput in servers' worth of work.
 */
export function unplayable({ targetTracking }: Policy): string | null {
  const other = targetTracking?.metrics.find(({ metric }) => metric !== 'cpu');
  return other === undefined ? null : `a backtest knows CPU only, and the policy tracks ${other.metric}`;
}

/** A policy of the engine in a tick world: the code that decides live, with what the world shows. */
export class EnginePolicy implements Baseline {
  /** The decision of the last tick, with its steps. */
  decision: Decision | null = null;
  /** The forecast behind the current plan: within a minute, the one that the minute started with. */
  forecast: Forecast | null = null;
  /** What the last tick observed. */
  observation: Observation | null = null;
  private state: EngineState = initialState();

  /**
   * @param openWindows the windows of the policy's schedule that are open at a time
   * @param measured completes an observation by what a tick world does not know
   */
  constructor(
    private readonly policy: Policy,
    private readonly openWindows: (at: number) => readonly OpenWindow[] = () => [],
    private readonly measured: (observation: Observation) => Observation = (observation) => observation,
  ) {}

  /** What it has learned; `null` without a service level, or before the first tick. */
  get model(): StoredModel | null {
    return modelOf(this.state);
  }

  desired(seen: Seen): number {
    const { at, cpu, served, active, provisioning, min, max, leadSeconds, tickSeconds } = seen;
    const saturated = cpu >= SATURATED;
    const percent = Math.min(100, 100 * cpu);
    // Only the HPA looks at single servers, and here they are all alike.
    const sample =
      this.policy.targetTracking === undefined
        ? null
        : { serverId: 'any', at, cpu: percent, memory: 0, requestRate: served / active };
    const observation = uniformObservation({
      at,
      active,
      provisioning,
      cpu: percent,
      requestRate: served,
      demand: cpu * active,
      saturated,
      samples: sample === null ? [] : Array.from({ length: active }, (): Sample => sample),
    });
    this.observation = this.measured(observation);
    const { decision, forecast, state } = tick({
      now: at,
      intervalMs: tickSeconds * 1000,
      bounds: { min, max },
      policy: this.policy,
      observation: this.observation,
      // The world grants every request.
      reference: active + provisioning,
      hold: null,
      openWindows: this.openWindows(at),
      leadTimeMs: leadSeconds * 1000,
      state: this.state,
    });
    // The world grants every request.
    this.state = settle(state, decision.desired - decision.reference, at);
    this.decision = decision;
    this.forecast = forecast ?? this.forecast;
    return decision.desired;
  }
}
