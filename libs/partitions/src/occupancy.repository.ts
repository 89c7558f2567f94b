import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type Mode, OccupancyEntity } from './occupancy.entity.js';

/** The holder of the occupancy. */
export interface Occupant {
  readonly mode: Mode;
  readonly instance: string;
  /** Milliseconds since its last renewal, by the database's clock. */
  readonly silentMs: number;
}

/** Lease time: an instance that does not renew for this long counts as dead. */
export const LEASE_MS = 3000;

// Checks and takes the lease in one statement, so that only one of two concurrent instances gets it.
const OCCUPY = `INSERT INTO occupancy AS old (mode, instance, seen_at) VALUES ($1, $2, clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET mode = excluded.mode, instance = excluded.instance, seen_at = excluded.seen_at
    WHERE old.instance = excluded.instance
       OR (old.mode = 'shared' AND excluded.mode = 'shared')
       OR old.seen_at < clock_timestamp() - make_interval(secs => $3)
  RETURNING instance`;

const OCCUPANT = `SELECT mode, instance, (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "silentMs" FROM occupancy`;

/**
 * Keeps a single instance and sharing instances apart. It uses no session state, so a pooler may be in front of the
 * database.
 */
@Injectable()
export class OccupancyRepository {
  constructor(@InjectRepository(OccupancyEntity) private readonly occupancy: Repository<OccupancyEntity>) {}

  /** Takes or renews the lease. @returns the holder that blocks it; `null`: taken */
  async occupy(mode: Mode, instance: string): Promise<Occupant | null> {
    const entered = await this.occupancy.query<object[]>(OCCUPY, [mode, instance, LEASE_MS / 1000]);
    if (entered.length > 0) return null;
    const [occupant] = await this.occupancy.query<Occupant[]>(OCCUPANT);
    return occupant ?? null;
  }

  /** Releases the lease of a single instance. Sharing instances may not be alone and let the lease expire. */
  async leave(instance: string): Promise<void> {
    await this.occupancy.delete({ mode: 'single', instance });
  }
}
