import type { Baseline } from '#engine';

/**
 * Knows the future: at the end of tick k it requests the maximum of what ticks k + 1 ... k + 1 + lead need. No policy
 * without that knowledge keeps every promise for less. Its cost includes the price of the lead time, because
 * provisioning servers cost, too.
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
