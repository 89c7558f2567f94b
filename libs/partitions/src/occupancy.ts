import { setTimeout as delay } from 'node:timers/promises';
import type { Mode } from './occupancy.entity.js';
import { LEASE_MS, type Occupant, type OccupancyRepository } from './occupancy.repository.js';

const BEAT_MS = 1000;
const LOOK_MS = 250;
/** By then the lease of a killed instance has expired. */
const PATIENCE_MS = LEASE_MS + BEAT_MS;

/** The database is used by other instances in a way that excludes this one. */
export class OccupiedError extends Error {
  readonly operational = true;

  constructor(mode: Mode, { mode: other, instance, silentMs }: Occupant) {
    const which = other === 'single' ? 'a single instance' : 'instances that share its clusters';
    const verb = other === 'single' ? 'uses' : 'use';
    const mend =
      other === mode ? 'or set scaler.instances to shared on both' : `or set scaler.instances to ${other} here, too`;
    super(
      `scaler.instances is ${mode}, but ${which} (${instance}, seen ${Math.round(silentMs)} ms ago) ${verb} the same database: ` +
        `stop that first, ${mend} (AUTOSCALER_SCALER_INSTANCES); an instance that was killed counts for ${LEASE_MS / 1000} s`,
    );
    this.name = 'OccupiedError';
  }
}

/** This instance's lease on the database, renewed every second. */
export class Occupancy {
  private renewedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly repository: Pick<OccupancyRepository, 'occupy' | 'leave'>,
    private readonly mode: Mode,
    private readonly instance: string,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /**
   * Waits for the lease of an instance that may have been killed. An unreachable database is no error here; `keep`
   * reports it.
   *
   * @throws OccupiedError if other instances are alive
   */
  async enter(): Promise<void> {
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      const other = await this.renew().catch(() => null);
      if (other === null) return;
      if (performance.now() >= deadline) throw new OccupiedError(this.mode, other);
      await delay(LOOK_MS);
    }
  }

  /**
   * Renews at most once a second. @returns whether the database was asked. @throws OccupiedError if others took over
   * while this process slept
   */
  async keep(): Promise<boolean> {
    if (performance.now() - this.renewedAt < BEAT_MS) return false;
    const other = await this.renew();
    if (other !== null) throw new OccupiedError(this.mode, other);
    return true;
  }

  async leave(): Promise<void> {
    await this.repository.leave(this.instance);
  }

  private async renew(): Promise<Occupant | null> {
    const at = performance.now();
    const other = await this.repository.occupy(this.mode, this.instance);
    if (other === null) this.renewedAt = at;
    return other;
  }
}
