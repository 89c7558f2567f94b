import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { FreezeEntity } from './freeze.entity.js';

/** A freeze: a user stopped scaling on all instances. */
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

/** Stores the freeze, so that all instances see it and it survives restarts. */
@Injectable()
export class FreezeRepository {
  constructor(@InjectRepository(FreezeEntity) private readonly freezes: Repository<FreezeEntity>) {}

  /** The freeze in force; `null` if there is none. */
  async current(manager = this.freezes.manager): Promise<Freeze | null> {
    // Runs at each wake, where the query builder would be expensive.
    const [freeze] = await manager.query<FreezeRow[]>('SELECT frozen_at, frozen_by, reason FROM freezes');
    return freeze === undefined ? null : toFreeze(freeze);
  }

  /** Idempotent: a freeze in force keeps its author and reason. */
  async freeze(frozenBy: string, reason: string | null, manager: EntityManager): Promise<void> {
    const freezes = manager.withRepository(this.freezes);
    await freezes.createQueryBuilder().insert().values({ frozenBy, reason }).orIgnore().updateEntity(false).execute();
  }

  async lift(manager: EntityManager): Promise<void> {
    await manager.withRepository(this.freezes).deleteAll();
  }
}

function toFreeze({ frozen_at: at, frozen_by: by, reason }: FreezeRow): Freeze {
  return { frozenAt: at.getTime(), by, reason };
}
