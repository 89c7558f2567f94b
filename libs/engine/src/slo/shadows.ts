import { AwsTargetTracking, AzureThresholds, NomadTargetValue } from '../baselines/clouds.js';
import { Hpa, REPLAYED_HPA_TARGET } from '../baselines/hpa.js';
import type { Baseline, Seen } from '../baselines/seen.js';
import { Trailing } from '../baselines/trailing.js';
import type { Memory, Remembering } from './memory.js';

/** Baselines replayed for comparison, with default settings. */
export const SHADOWS = ['hpa', 'aws', 'nomad', 'azure', 'trailing'] as const;
export type Shadow = (typeof SHADOWS)[number];

enum Scalar {
  Steps,
  Active,
  Provisioning,
  Count,
}

/** One autoscaler with its own shadow fleet, with the same lead time as the real one. */
class ShadowFleet implements Remembering {
  private readonly scalars = new Float64Array(Scalar.Count);
  /** Pending servers, by the step in which they were requested. */
  private readonly arriving: Uint16Array;

  constructor(
    private readonly policy: Baseline & Remembering,
    private readonly lead: number,
    active: number,
  ) {
    this.arriving = new Uint16Array(lead + 1);
    this.scalars[Scalar.Active] = Math.max(1, active);
  }

  memory(): readonly Memory[] {
    return [this.scalars, this.arriving, ...this.policy.memory()];
  }

  get desired(): number {
    return this.scalars[Scalar.Active]! + this.scalars[Scalar.Provisioning]!;
  }

  /** Takes over a fleet from another lead time; pending servers become active at once. */
  adopt(other: ShadowFleet): void {
    const { scalars } = this;
    scalars.set(other.scalars);
    scalars[Scalar.Active] = scalars[Scalar.Active]! + scalars[Scalar.Provisioning]!;
    scalars[Scalar.Provisioning] = 0;
    for (const [index, array] of this.policy.memory().entries()) array.set(other.policy.memory()[index]!);
  }

  step(seen: Seen): void {
    const { scalars, arriving } = this;
    const slot = scalars[Scalar.Steps]! % arriving.length;
    scalars[Scalar.Steps]! += 1;
    scalars[Scalar.Active]! += arriving[slot]!;
    scalars[Scalar.Provisioning]! -= arriving[slot]!;
    arriving[slot] = 0;
    const active = scalars[Scalar.Active]!;
    const provisioning = scalars[Scalar.Provisioning]!;
    const cpu = Math.min(1, (seen.cpu * seen.active) / active);
    const view = { ...seen, cpu, served: cpu * active, active, provisioning, min: Math.max(1, seen.min) };
    const change = this.policy.desired(view) - active - provisioning;
    if (change >= 0) {
      arriving[slot] = change;
      scalars[Scalar.Provisioning]! += change;
    } else this.remove(slot, -change);
  }

  /** Removes the newest pending servers first, then active ones. */
  private remove(slot: number, surplus: number): void {
    const { scalars, arriving, lead } = this;
    let left = surplus;
    for (let age = 0; age <= lead && left > 0; age++) {
      const at = (slot - age + arriving.length) % arriving.length;
      const cancelled = Math.min(left, arriving[at]!);
      arriving[at] = arriving[at]! - cancelled;
      scalars[Scalar.Provisioning]! -= cancelled;
      left -= cancelled;
    }
    scalars[Scalar.Active]! -= left;
  }
}

/**
 * What other autoscalers would have done with the cluster: each has its own alarms, windows, cooldowns and fleet under
 * the observed demand, so that its earlier decisions have consequences.
 */
export class Shadows implements Remembering {
  private readonly fleets: Readonly<Record<Shadow, ShadowFleet>>;

  /**
   * @param lead lead time in whole steps
   * @param maxUtilization the promised limit, share of capacity; `trailing` leaves headroom below it
   * @param active initial servers of each
   */
  constructor(lead: number, maxUtilization: number, active: number) {
    this.fleets = {
      hpa: new ShadowFleet(new Hpa(REPLAYED_HPA_TARGET), lead, active),
      aws: new ShadowFleet(new AwsTargetTracking(0.6), lead, active),
      nomad: new ShadowFleet(new NomadTargetValue(0.6), lead, active),
      azure: new ShadowFleet(new AzureThresholds(0.7, 0.3), lead, active),
      trailing: new ShadowFleet(new Trailing(15, 0.2, maxUtilization), lead, active),
    };
  }

  memory(): readonly Memory[] {
    return SHADOWS.flatMap((name) => this.fleets[name].memory());
  }

  step(seen: Seen): void {
    for (const name of SHADOWS) this.fleets[name].step(seen);
  }

  desired(shadow: Shadow): number {
    return this.fleets[shadow].desired;
  }

  adopt(other: Shadows): void {
    for (const name of SHADOWS) this.fleets[name].adopt(other.fleets[name]);
  }
}
