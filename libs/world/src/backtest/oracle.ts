import type { Baseline } from '#engine';

/**
 * Sees the future: asks at the end of tick k for the most that ticks k + 1 ... k + 1 + lead need. Nothing that knows less
 * keeps every promise for less; the price of lead time (provisioning servers cost too) is in its cost.
 */
export class Oracle implements Baseline {
  private tick = 0;

  constructor(
    private readonly demand: Float64Array,
    private readonly lead: number,
    private readonly maxUtilization: number,
  ) {}

  desired({ min, max }: { readonly min: number; readonly max: number }): number {
    const last = Math.min(this.demand.length - 1, this.tick + 1 + this.lead);
    let most = 0;
    for (let ahead = this.tick + 1; ahead <= last; ahead++) most = Math.max(most, this.demand[ahead]!);
    this.tick++;
    return Math.min(max, Math.max(min, Math.ceil(most / this.maxUtilization - 1e-9)));
  }
}
