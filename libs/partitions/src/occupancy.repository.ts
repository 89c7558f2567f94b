import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type Mode, OccupancyEntity } from './occupancy.entity.js';

/** Who ticks the clusters of the database. */
export interface Occupant {
  readonly mode: Mode;
  readonly instance: string;
  /** Milliseconds since it was last seen, by the clock of the database. */
  readonly silentMs: number;
}

/** An instance that is silent for so long is dead, and the database free for others. */
export const LEASE_MS = 3000;

// One statement looks and enters, so that of two that come at once one is let in only.
const OCCUPY = `INSERT INTO occupancy AS old (mode, instance, seen_at) VALUES ($1, $2, clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET mode = excluded.mode, instance = excluded.instance, seen_at = excluded.seen_at
    WHERE old.instance = excluded.instance
       OR (old.mode = 'shared' AND excluded.mode = 'shared')
       OR old.seen_at < clock_timestamp() - make_interval(secs => $3)
  RETURNING instance`;

const OCCUPANT = `SELECT mode, instance, (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "silentMs" FROM occupancy`;

/** Keeps a single instance and those that share apart; needs nothing of a session, so a pooler may stand before the database. */
@Injectable()
export class OccupancyRepository {
  constructor(@InjectRepository(OccupancyEntity) private readonly occupancy: Repository<OccupancyEntity>) {}

  /** Enters, or says that it is still there. @returns who keeps it out, `null`: nobody */
  async occupy(mode: Mode, instance: string): Promise<Occupant | null> {
    const entered = await this.occupancy.query<object[]>(OCCUPY, [mode, instance, LEASE_MS / 1000]);
    if (entered.length > 0) return null;
    const [occupant] = await this.occupancy.query<Occupant[]>(OCCUPANT);
    return occupant ?? null;
  }

  /** For those that come after a single instance. What shares may not be alone, and just falls silent. */
  async leave(instance: string): Promise<void> {
    await this.occupancy.delete({ mode: 'single', instance });
  }
}
