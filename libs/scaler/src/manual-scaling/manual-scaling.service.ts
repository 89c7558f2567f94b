import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { actorOf, AuditService } from '#auth';
import type { Caller } from '#auth';
import { ClustersService, UNDO } from '#clusters';
import { Clock, DURATION_FORM, parseDuration } from '#config';
import type { ManualHold } from '#engine';
import { BadRequestError, ConflictError, NotFoundError } from '#http';
import { TickScheduler } from '../loop/tick-scheduler.js';
import { toHoldDto, toManualScalingDto, toUndoneDto } from './manual-scaling.dto.js';
import type { ManualScalingDto, ManualScalingRequest, UndoneDto } from './manual-scaling.dto.js';

const DEFAULT_HOLD_MS = 15 * 60_000;
const SHORTEST_HOLD_MS = 1000;
const LONGEST_HOLD_MS = 7 * 24 * 3_600_000;

/** Counts set by hand, for a stated time. */
@Injectable()
export class ManualScalingService {
  constructor(
    @Inject(ClustersService) private readonly clusters: Pick<ClustersService, 'get'>,
    private readonly audit: AuditService,
    @Inject(TickScheduler) private readonly scheduler: Pick<TickScheduler, 'hasten'>,
    private readonly clock: Clock,
    private readonly dataSource: DataSource,
  ) {}

  /** The next tick, which comes at once, asks the provider; the count is bounded by what the cluster may have. */
  async scale(caller: Caller, clusterId: string, request: ManualScalingRequest): Promise<ManualScalingDto> {
    const cluster = await this.clusters.get(caller, clusterId);
    const { min, max } = cluster.bounds;
    const desired = request.desired_servers;
    if (desired < min || desired > max) {
      const error = `must be between min_servers (${min}) and max_servers (${max})`;
      throw new BadRequestError('out_of_bounds', `desired_servers ${error}`, [{ field: 'desired_servers', error }]);
    }
    const until = this.clock.now() + holdOf(request);
    const immediate = request.immediate === true ? { immediate: true } : {};
    return this.change(caller, clusterId, cluster.hold, { desired, until, by: caller.username, ...immediate });
  }

  /** Gives the cluster back to its policies; releasing what is not held is no error. */
  async release(caller: Caller, clusterId: string): Promise<ManualScalingDto> {
    const cluster = await this.clusters.get(caller, clusterId);
    return this.change(caller, clusterId, cluster.hold, null);
  }

  /** Puts bounds and hold back to what they were before the last change of either, whoever made it. */
  async undo(caller: Caller, clusterId: string): Promise<UndoneDto> {
    const before = await this.clusters.get(caller, clusterId);
    const undone = await this.dataSource.transaction(async (manager) => {
      const [rows]: [UndoneRow[], number] = await manager.query(RESTORE, [clusterId, new Date(this.clock.now())]);
      const [row] = rows;
      if (row === undefined) throw new ConflictError('nothing_to_undo', 'there is no change of bounds or hold to undo');
      const dto = toUndoneDto(clusterId, { min: row.min_servers, max: row.max_servers }, holdFrom(row));
      await this.audit.record(
        {
          ...actorOf(caller),
          action: 'cluster.undo',
          outcome: 'success',
          targetType: 'cluster',
          targetId: clusterId,
          before: toUndoneDto(clusterId, before.bounds, before.hold),
          after: dto,
        },
        manager,
      );
      return dto;
    });
    this.scheduler.hasten(clusterId);
    return undone;
  }

  private async change(
    caller: Caller,
    clusterId: string,
    before: ManualHold | null,
    after: ManualHold | null,
  ): Promise<ManualScalingDto> {
    await this.dataSource.transaction(async (manager) => {
      const [rows]: [unknown[], number] = await manager.query(
        `UPDATE clusters SET hold_desired = $2, hold_until = to_timestamp($3 / 1000.0), hold_by = $4, hold_immediate = $5,
            undo = ${UNDO}, updated_at = now()
          WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
        [clusterId, after?.desired ?? null, after?.until ?? null, after?.by ?? null, after?.immediate === true],
      );
      if (rows.length === 0) throw new NotFoundError('cluster_not_found', 'cluster not found');
      await this.audit.record(
        {
          ...actorOf(caller),
          action: after === null ? 'cluster.scale.release' : 'cluster.scale',
          outcome: 'success',
          targetType: 'cluster',
          targetId: clusterId,
          ...(before === null ? {} : { before: toHoldDto(before) }),
          ...(after === null ? {} : { after: toHoldDto(after) }),
        },
        manager,
      );
    });
    this.scheduler.hasten(clusterId);
    return toManualScalingDto(clusterId, after);
  }
}

interface UndoneRow {
  readonly min_servers: number;
  readonly max_servers: number;
  readonly hold_desired: number | null;
  readonly hold_until: Date | null;
  readonly hold_by: string | null;
}

// A hold that has run out meanwhile is not put back.
const RESTORE = `UPDATE clusters SET min_servers = (undo->>'min_servers')::int, max_servers = (undo->>'max_servers')::int,
    hold_desired = CASE WHEN (undo->>'hold_until')::timestamptz > $2 THEN (undo->>'hold_desired')::int END,
    hold_until = CASE WHEN (undo->>'hold_until')::timestamptz > $2 THEN (undo->>'hold_until')::timestamptz END,
    hold_by = CASE WHEN (undo->>'hold_until')::timestamptz > $2 THEN undo->>'hold_by' END,
    hold_immediate = false, bounds_immediate = false, undo = NULL, updated_at = clock_timestamp()
  WHERE id = $1 AND deleted_at IS NULL AND undo IS NOT NULL
  RETURNING min_servers, max_servers, hold_desired, hold_until, hold_by`;

function holdFrom({ hold_desired: desired, hold_until: until, hold_by: by }: UndoneRow): ManualHold | null {
  return desired === null || until === null ? null : { desired, until: until.getTime(), by: by ?? 'unknown' };
}

function holdOf({ hold_for: text }: ManualScalingRequest): number {
  const ms = text === undefined ? DEFAULT_HOLD_MS : durationOf(text);
  if (ms !== null && ms >= SHORTEST_HOLD_MS && ms <= LONGEST_HOLD_MS) return ms;
  const error = `must be ${DURATION_FORM}, between 1s and 7d`;
  throw new BadRequestError('invalid_hold', `hold_for ${error}`, [{ field: 'hold_for', error }]);
}

function durationOf(text: string): number | null {
  try {
    return parseDuration(text);
  } catch {
    return null;
  }
}
