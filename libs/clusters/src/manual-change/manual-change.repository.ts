import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Bounds, ManualHold } from '#engine';
import type { Undone } from '../cluster.js';
import { UNDO } from '../cluster.repository.js';

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
  /** @param hold `null` releases it. @returns whether the cluster exists */
  async hold(clusterId: string, hold: ManualHold | null, manager: EntityManager): Promise<boolean> {
    const [rows]: [unknown[], number] = await manager.query(
      `UPDATE clusters SET hold_desired = $2, hold_until = to_timestamp($3 / 1000.0), hold_by = $4, hold_immediate = $5,
          undo = ${UNDO}, undone = NULL, updated_at = now()
        WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
      [clusterId, hold?.desired ?? null, hold?.until ?? null, hold?.by ?? null, hold?.immediate === true],
    );
    return rows.length > 0;
  }

  /** @returns `null` where there is nothing to undo */
  async undo(
    clusterId: string,
    { by, immediate }: Omit<Undone, 'change'>,
    now: number,
    manager: EntityManager,
  ): Promise<Restored | null> {
    const [rows]: [RestoredRow[], number] = await manager.query(RESTORE, [clusterId, new Date(now), by, immediate]);
    const [row] = rows;
    return row === undefined ? null : { bounds: { min: row.min_servers, max: row.max_servers }, hold: holdFrom(row) };
  }
}

function holdFrom({ hold_desired: desired, hold_until: until, hold_by: by }: RestoredRow): ManualHold | null {
  return desired === null || until === null ? null : { desired, until: until.getTime(), by: by ?? 'unknown' };
}
