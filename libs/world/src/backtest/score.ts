/** Result of a run without warm-up. Shares are 0 to 1, percentages 0 to 100. */
export interface Score {
  readonly ticks: number;
  /** Share of the requests that arrived while utilization was above the promised one. */
  readonly violation: number;
  /** Share of the requests without capacity. */
  readonly dropped: number;
  /** Server-hours of active and provisioning servers. */
  readonly cost: number;
  /** Ticks per day in which the desired count changed the total. */
  readonly actionsPerDay: number;
  /** SPEC's elasticity metrics (Herbst et al., *Ready for Rain?*, 2016), percent. */
  readonly elasticity: {
    readonly accuracyUnder: number;
    readonly accuracyOver: number;
    readonly timeshareUnder: number;
    readonly timeshareOver: number;
    readonly instability: number;
  };
}

/** Sums up a run tick by tick. */
export class Scorer {
  private tick = 0;
  private requests = 0;
  private bad = 0;
  private dropped = 0;
  private servers = 0;
  private actions = 0;
  private under = 0;
  private over = 0;
  private ticksUnder = 0;
  private ticksOver = 0;
  private unstable = 0;
  private previousNeed = 0;
  private previousActive = 0;

  constructor(
    private readonly options: { readonly tickSeconds: number; readonly maxUtilization: number; readonly min: number },
    private readonly warmUp: number,
  ) {}

  add(load: number, active: number, provisioning: number, acted: boolean): void {
    const { maxUtilization, min } = this.options;
    const need = Math.max(min, Math.ceil(load / maxUtilization - 1e-9));
    if (this.tick++ >= this.warmUp) {
      this.requests += load;
      if (load > maxUtilization * active + 1e-9) this.bad += load;
      this.dropped += Math.max(0, load - active);
      this.servers += active + provisioning;
      if (acted) this.actions++;
      if (active < need) {
        this.ticksUnder++;
        this.under += (need - active) / need;
      } else if (active > need) {
        this.ticksOver++;
        this.over += (active - need) / need;
      }
      const demanded = Math.sign(need - this.previousNeed);
      const supplied = Math.sign(active - this.previousActive);
      if (demanded !== supplied && this.tick > 1) this.unstable++;
    }
    this.previousNeed = need;
    this.previousActive = active;
  }

  score(): Score {
    const ticks = Math.max(0, this.tick - this.warmUp);
    const { tickSeconds } = this.options;
    const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
    return {
      ticks,
      violation: share(this.bad, this.requests),
      dropped: share(this.dropped, this.requests),
      cost: (this.servers * tickSeconds) / 3600,
      actionsPerDay: share(this.actions * 86_400, ticks * tickSeconds),
      elasticity: {
        accuracyUnder: 100 * share(this.under, ticks),
        accuracyOver: 100 * share(this.over, ticks),
        timeshareUnder: 100 * share(this.ticksUnder, ticks),
        timeshareOver: 100 * share(this.ticksOver, ticks),
        instability: 100 * share(this.unstable, ticks),
      },
    };
  }
}
