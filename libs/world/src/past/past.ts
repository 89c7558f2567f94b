import type { Bounds, Decision, Forecast, Observation, Policy, Sample, StoredModel } from '#engine';
import { EnginePolicy } from '../backtest/engine-policy.js';
import { TickWorld } from '../backtest/tick-world.js';
import { noiseOf, seedOf } from '../random.js';

const MINUTE_MS = 60_000;
/** Points of memory per point of CPU above or below the base, as in a simulated cluster. */
const MEMORY_PER_CPU = 0.3;

/** Times are milliseconds since the epoch, percentages 0 to 100. */
export interface PastSetting {
  /** Requests per second offered in each minute. */
  readonly load: readonly number[];
  /** End of the first minute, at which it is observed. */
  readonly firstAt: number;
  readonly policy: Policy;
  readonly bounds: Bounds;
  /** From the request of a server to its taking load; here at least until the next minute. */
  readonly leadTimeMs: number;
  /** Requests per second of a server at 100 % CPU. */
  readonly capacity: number;
  readonly baseCpu: number;
  readonly baseMemory: number;
  /** Points by which single servers deviate from the mean CPU. */
  readonly variance: number;
  /** Observations from this time on contain the samples of servers. */
  readonly samplesFrom: number;
}

/** What the service would have recorded in a minute. */
export interface PastMinute {
  readonly observation: Observation;
  /** The count requested at the end of the minute. */
  readonly desired: number;
  readonly decision: Decision;
  /** `null`: the policy makes none. */
  readonly forecast: Forecast | null;
}

/** Plays the engine against a load in virtual time, one tick a minute, in parts. The same setting gives the same past. */
export class Past {
  private readonly policy: EnginePolicy;
  private readonly world: TickWorld;
  private readonly seed = seedOf('past', 1);
  private played: PastMinute[] = [];

  constructor(private readonly setting: PastSetting) {
    const { load, firstAt, policy, bounds, capacity, leadTimeMs } = setting;
    this.policy = new EnginePolicy(policy, undefined, (observation) => this.measured(observation));
    const options = {
      tickSeconds: MINUTE_MS / 1000,
      provisionSeconds: leadTimeMs / 1000,
      min: bounds.min,
      max: bounds.max,
      maxUtilization: 1,
      startAt: firstAt - MINUTE_MS,
      // The load already varies from minute to minute.
      noise: new Float64Array(load.length),
    };
    const demand = Float64Array.from(load, (requests) => requests / capacity);
    this.world = new TickWorld(demand, this.policy, options, ({ desired }) => this.played.push(this.minute(desired)));
  }

  /** The next minutes: as many as requested, fewer at the end, and none after it. */
  next(minutes: number): readonly PastMinute[] {
    this.played = [];
    this.world.advance(minutes);
    return this.played;
  }

  /** What the engine has learned so far; `null` without a service level. */
  get model(): StoredModel | null {
    return this.policy.model;
  }

  private minute(desired: number): PastMinute {
    const { observation, decision, forecast } = this.policy;
    if (observation === null || decision === null) throw new Error('a tick world shows a minute before it is decided');
    return {
      observation: observation.at < this.setting.samplesFrom ? { ...observation, samples: [] } : observation,
      desired,
      decision,
      forecast: forecast?.at === decision.at ? forecast : null,
    };
  }

  /** A tick world has no memory, and servers that are all alike. */
  private measured(seen: Observation): Observation {
    const { baseCpu, baseMemory, variance, capacity } = this.setting;
    const cpu = seen.cpu?.mean ?? 0;
    const memory = within(baseMemory + MEMORY_PER_CPU * (cpu - baseCpu));
    const spread = Math.min(variance, cpu / 2, (100 - cpu) / 2);
    const minute = seen.at / MINUTE_MS;
    const deviations = Array.from({ length: seen.servers.active }, (_, index) => noiseOf(this.seed, index, minute));
    const mean = deviations.reduce((sum, deviation) => sum + deviation, 0) / deviations.length;
    const samples = deviations.map((deviation, index): Sample => {
      // Deviations cancel out, as in a simulated cluster.
      const own = within(cpu + spread * (deviation - mean));
      return { serverId: `past-${index + 1}`, at: seen.at, cpu: own, memory, requestRate: (own / 100) * capacity };
    });
    return {
      ...seen,
      cpu: { mean: cpu, max: samples.reduce((highest, sample) => Math.max(highest, sample.cpu ?? 0), cpu) },
      memory: { mean: memory, max: memory },
      requestRate: (seen.requestRate ?? 0) * capacity,
      samples,
    };
  }
}

function within(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
