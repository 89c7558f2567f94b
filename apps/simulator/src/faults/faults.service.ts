import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import { Random, seedOf } from '#world';
import { SIMULATOR_OPTIONS, type SimulatorOptions } from '../options.js';

/** Effects of a fault on the requests for a cluster. */
export interface FaultEffects {
  readonly latencyMs: number;
  /** Share of the requests that fail, 0 to 1. */
  readonly errors: number;
  readonly hang: boolean;
  readonly refuseScaleUp: boolean;
  /** Share of the new servers that is granted; `null`: all. */
  readonly partialScaleUp: number | null;
}

/** An active fault. Times are real. */
export interface Fault {
  readonly id: number;
  /** `null`: all clusters. */
  readonly clusterId: string | null;
  readonly effects: FaultEffects;
  readonly since: number;
  /** `null`: until it is deleted. */
  readonly until: number | null;
}

const HEALTHY: FaultEffects = { latencyMs: 0, errors: 0, hang: false, refuseScaleUp: false, partialScaleUp: null };

/** The active faults; none by default. */
@Injectable()
export class Faults {
  private faults: Fault[] = [];
  private lastId = 0;
  private readonly random: Random;

  constructor(
    @Inject(SIMULATOR_OPTIONS) options: SimulatorOptions,
    private readonly clock: Clock,
  ) {
    this.random = Random.seeded(seedOf('faults', options.seed));
  }

  add(clusterId: string | null, effects: FaultEffects, durationMs: number | null): Fault {
    const since = this.clock.now();
    const fault = {
      id: ++this.lastId,
      clusterId,
      effects,
      since,
      until: durationMs === null ? null : since + durationMs,
    };
    this.faults.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    const now = this.clock.now();
    this.faults = this.faults.filter(({ until }) => until === null || until > now);
    return this.faults;
  }

  /** Ends all faults, or those of one cluster. */
  clear(clusterId?: string): void {
    this.faults = clusterId === undefined ? [] : this.faults.filter((fault) => fault.clusterId !== clusterId);
  }

  /** The effects on a cluster now, the worst of each kind; without an id, the effects on all clusters. */
  on(clusterId?: string): FaultEffects {
    if (this.faults.length === 0) return HEALTHY;
    const concerned = this.list().filter((fault) => fault.clusterId === null || fault.clusterId === clusterId);
    return concerned.reduce((worst, { effects }) => worse(worst, effects), HEALTHY);
  }

  /** Whether a request fails, at random with probability `errors`. */
  strikes(errors: number): boolean {
    return errors > 0 && this.random.next() < errors;
  }
}

function worse(one: FaultEffects, other: FaultEffects): FaultEffects {
  return {
    latencyMs: Math.max(one.latencyMs, other.latencyMs),
    errors: Math.max(one.errors, other.errors),
    hang: one.hang || other.hang,
    refuseScaleUp: one.refuseScaleUp || other.refuseScaleUp,
    partialScaleUp: lowest(one.partialScaleUp, other.partialScaleUp),
  };
}

function lowest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
