import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { FreezeEntity } from './freeze.entity.js';

/** A person stopped all acting, of all instances. */
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

/** Keeps the freeze where all instances see it and where it outlives them. */
@Injectable()
export class FreezeRepository {
  constructor(@InjectRepository(FreezeEntity) private readonly freezes: Repository<FreezeEntity>) {}

  /** `null` while clusters may be scaled. */
  async current(manager = this.freezes.manager): Promise<Freeze | null> {
    // Asked for at each wake, for which the query builder would be dear.
    const [freeze] = await manager.query<FreezeRow[]>('SELECT frozen_at, frozen_by, reason FROM freezes');
    return freeze === undefined ? null : toFreeze(freeze);
  }

  /** Idempotent: what is frozen stays frozen by whoever froze it first. */
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
