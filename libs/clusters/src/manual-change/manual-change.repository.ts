import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, type Repository } from 'typeorm';
import type { Bounds, ManualHold } from '#engine';
import { ClusterEntity } from '../cluster.entity.js';
import type { Undone } from '../cluster.js';

/** Result of an undo. */
export interface Restored {
  readonly bounds: Bounds;
  readonly hold: ManualHold | null;
}

interface RestoredRow {
  readonly min_servers: number;
  readonly max_servers: number;
  readonly hold_desired: number | null;
  readonly hold_until: Date | null;
  readonly hold_by: string | null;
}

/** SQL for what an undo restores: bounds and hold as they are before a statement that changes one of them. */
export const UNDO = `jsonb_build_object('id', gen_random_uuid(), 'min_servers', min_servers, 'max_servers', max_servers, 'hold_desired', hold_desired,
  'hold_until', hold_until, 'hold_by', hold_by)`;

// A hold that has expired meanwhile is not restored. Changes recorded by the previous release have no id: of them only bounds and hold
// are restored.
const RESTORE = `UPDATE clusters SET min_servers = (undo->>'min_servers')::int, max_servers = (undo->>'max_servers')::int,
    hold_desired = CASE WHEN (undo->>'hold_until')::timestamptz > $2 THEN (undo->>'hold_desired')::int END,
    hold_until = CASE WHEN (undo->>'hold_until')::timestamptz > $2 THEN (undo->>'hold_until')::timestamptz END,
    hold_by = CASE WHEN (undo->>'hold_until')::timestamptz > $2 THEN undo->>'hold_by' END,
    hold_immediate = false, bounds_immediate = false, undo = NULL, updated_at = clock_timestamp(),
    undone = CASE WHEN undo ? 'id' THEN jsonb_build_object('change', undo->>'id', 'by', $3::text, 'immediate', $4::boolean) END
  WHERE id = $1 AND deleted_at IS NULL AND undo IS NOT NULL
  RETURNING min_servers, max_servers, hold_desired, hold_until, hold_by`;

/** Manual changes of a cluster's count: a hold, and the undo of the last change of bounds or hold. */
@Injectable()
export class ManualChangeRepository {
  constructor(@InjectRepository(ClusterEntity) private readonly clusters: Repository<ClusterEntity>) {}

  /** @param hold `null` releases it. @returns whether the cluster exists */
  async hold(clusterId: string, hold: ManualHold | null, manager: EntityManager): Promise<boolean> {
    const { affected } = await manager.withRepository(this.clusters).update(
      { id: clusterId, deletedAt: IsNull() },
      {
        holdDesired: hold?.desired ?? null,
        holdUntil: hold === null ? null : new Date(hold.until),
        holdBy: hold?.by ?? null,
        holdImmediate: hold?.immediate === true,
        undo: () => UNDO,
        undone: null,
        updatedAt: () => 'now()',
      },
    );
    return affected === 1;
  }

  /** @returns `null` where there is nothing to undo */
  async undo(
    clusterId: string,
    { by, immediate }: Omit<Undone, 'change'>,
    now: number,
    manager: EntityManager,
  ): Promise<Restored | null> {
    const parameters = [clusterId, new Date(now), by, immediate];
    const [rows] = await manager.withRepository(this.clusters).query<[RestoredRow[], number]>(RESTORE, parameters);
    const [row] = rows;
    return row === undefined ? null : { bounds: { min: row.min_servers, max: row.max_servers }, hold: holdFrom(row) };
  }
}

function holdFrom({ hold_desired: desired, hold_until: until, hold_by: by }: RestoredRow): ManualHold | null {
  return desired === null || until === null ? null : { desired, until: until.getTime(), by: by ?? 'unknown' };
}
