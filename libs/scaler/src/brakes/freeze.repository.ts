import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';

/** Somebody stopped all acting, of all instances. */
export interface Freeze {
  /** Milliseconds since the epoch. */
  readonly frozenAt: number;
  readonly by: string;
  readonly reason: string | null;
}

interface FreezeRow {
  readonly frozen_at: Date;
  readonly frozen_by: string;
  readonly reason: string | null;
}

const COLUMNS = 'frozen_at, frozen_by, reason';

/** Keeps the freeze where all instances see it and where it outlives them. */
@Injectable()
export class FreezeRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** `null` while clusters may be scaled. */
  async current(manager: EntityManager = this.dataSource.manager): Promise<Freeze | null> {
    const [row] = await manager.query<FreezeRow[]>(`SELECT ${COLUMNS} FROM freezes`);
    return row === undefined ? null : toFreeze(row);
  }

  /** Idempotent: what is frozen stays frozen by whoever froze it first. */
  async freeze(by: string, reason: string | null, manager: EntityManager): Promise<void> {
    await manager.query(`INSERT INTO freezes (frozen_by, reason) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, [
      by,
      reason,
    ]);
  }

  async lift(manager: EntityManager): Promise<void> {
    await manager.query(`DELETE FROM freezes`);
  }
}

function toFreeze({ frozen_at: at, frozen_by: by, reason }: FreezeRow): Freeze {
  return { frozenAt: at.getTime(), by, reason };
}
