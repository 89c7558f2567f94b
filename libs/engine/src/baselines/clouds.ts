import type { Memory, Remembering } from '../slo/memory.js';
import { type Baseline, ceilCount, clampCount, type Seen } from './seen.js';

const MINUTE_S = 60;

/**
 * Target tracking of Amazon EC2 Auto Scaling: scales out after three minutes above the target, in after fifteen minutes
 * below 90 % of it. Servers that warm up are left out; no scale-in during a scale-out.
 */
export class AwsTargetTracking implements Baseline, Remembering {
  /** Seconds above the target, and seconds below. */
  private readonly alarms = new Float64Array(2);

  /** @param target share of capacity, within (0, 1] */
  constructor(private readonly target: number) {}

  memory(): readonly Memory[] {
    return [this.alarms];
  }

  desired(seen: Seen): number {
    const { cpu, active, provisioning, tickSeconds } = seen;
    const current = active + provisioning;
    const aboveS = cpu > this.target ? this.alarms[0]! + tickSeconds : 0;
    const belowS = cpu < 0.9 * this.target ? this.alarms[1]! + tickSeconds : 0;
    this.alarms[0] = aboveS;
    this.alarms[1] = belowS;
    const desired = ceilCount((active * cpu) / this.target);
    if (aboveS >= 3 * MINUTE_S && desired > current) return clampCount(desired, seen);
    if (belowS >= 15 * MINUTE_S && provisioning === 0 && desired < current) return clampCount(desired, seen);
    return clampCount(current, seen);
  }
}

/** HashiCorp Nomad's `target-value` strategy on the last minute, with its cooldown of five minutes. */
export class NomadTargetValue implements Baseline, Remembering {
  private readonly cooldownUntil = Float64Array.of(Number.NEGATIVE_INFINITY);

  /** @param target share of capacity, within (0, 1] */
  constructor(private readonly target: number) {}

  memory(): readonly Memory[] {
    return [this.cooldownUntil];
  }

  desired(seen: Seen): number {
    const current = seen.active + seen.provisioning;
    const factor = seen.cpu / this.target;
    if (seen.at < this.cooldownUntil[0]! || Math.abs(factor - 1) <= 0.01) return clampCount(current, seen);
    const desired = clampCount(ceilCount(current * factor), seen);
    if (desired !== current) this.cooldownUntil[0] = seen.at + 5 * MINUTE_S * 1000;
    return desired;
  }
}

/**
 * Azure autoscale with one scale-out and one scale-in rule. No scale-in that would trigger a scale-out (*Understand
 * autoscale settings*, "flapping").
 */
export class AzureThresholds implements Baseline, Remembering {
  private readonly cooldownUntil = Float64Array.of(Number.NEGATIVE_INFINITY);

  /**
   * @param out share of capacity above which a server is added
   * @param back share of capacity below which servers are removed, below `out`
   * @param step servers that the scale-in rule removes (>= 1)
   */
  constructor(
    private readonly out: number,
    private readonly back: number,
    private readonly step = 1,
  ) {}

  memory(): readonly Memory[] {
    return [this.cooldownUntil];
  }

  desired(seen: Seen): number {
    const { cpu, active, provisioning, at } = seen;
    const current = active + provisioning;
    if (at < this.cooldownUntil[0]! || provisioning > 0) return clampCount(current, seen);
    const desired =
      cpu > this.out ? current + 1 : cpu < this.back ? azureScaleIn(cpu, active, this.step, this.out) : current;
    const bounded = clampCount(desired, seen);
    if (bounded !== current) this.cooldownUntil[0] = at + 5 * MINUTE_S * 1000;
    return bounded;
  }
}

/**
 * The count after a scale-in: the requested one, or the nearest to it at which the remaining load triggers no
 * scale-out.
 *
 * @param cpu mean CPU of the `servers`, share of capacity
 * @param step servers to remove (>= 1)
 * @param out threshold of the scale-out rule, share of capacity
 */
export function azureScaleIn(cpu: number, servers: number, step: number, out: number): number {
  for (let count = Math.max(1, servers - step); count < servers; count++) {
    if ((cpu * servers) / count <= out + 1e-9) return count;
  }
  return servers;
}
