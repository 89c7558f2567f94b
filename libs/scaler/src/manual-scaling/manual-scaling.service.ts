import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { actorOf, AuditService } from '#auth';
import type { Caller } from '#auth';
import { clusterNotFound, ClustersService, holdToDto, ManualChangeRepository } from '#clusters';
import type { Cluster } from '#clusters';
import { Clock, DURATION_FORM, parseDuration } from '#config';
import type { ManualHold } from '#engine';
import { BadRequestError, ConflictError } from '#http';
import { ClusterStateRepository } from '../loop/cluster-state.repository.js';
import { TickScheduler } from '../loop/tick-scheduler.js';
import { toManualScalingDto, toUndoneDto } from './manual-scaling.dto.js';
import type { ManualScalingDto, ManualScalingRequest, UndoneDto, UndoRequest } from './manual-scaling.dto.js';

const DEFAULT_HOLD_MS = 15 * 60_000;
const SHORTEST_HOLD_MS = 1000;
const LONGEST_HOLD_MS = 7 * 24 * 3_600_000;

/** Counts that users set for a limited time (holds). */
@Injectable()
export class ManualScalingService {
  constructor(
    @Inject(ClustersService) private readonly clusters: Pick<ClustersService, 'get'>,
    private readonly changes: ManualChangeRepository,
    private readonly states: ClusterStateRepository,
    private readonly audit: AuditService,
    @Inject(TickScheduler) private readonly scheduler: Pick<TickScheduler, 'hasten'>,
    private readonly clock: Clock,
    private readonly dataSource: DataSource,
  ) {}

  /** Sets a hold. The next tick runs at once and calls the provider; the cluster's bounds limit the count. */
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
    return this.change(caller, cluster, { desired, until, by: caller.username, ...immediate });
  }

  /** Ends the hold; the policies decide again. Idempotent: releasing no hold is no error. */
  async release(caller: Caller, clusterId: string): Promise<ManualScalingDto> {
    const cluster = await this.clusters.get(caller, clusterId);
    return this.change(caller, cluster, null);
  }

  /**
   * Restores bounds and hold from before the last change of either, by any user. The next tick runs at once and
   * restores the count.
   */
  async undo(caller: Caller, clusterId: string, { immediate = false }: UndoRequest = {}): Promise<UndoneDto> {
    const before = await this.clusters.get(caller, clusterId);
    const undone = await this.dataSource.transaction(async (manager) => {
      const restored = await this.changes.undo(
        clusterId,
        { by: caller.username, immediate },
        this.clock.now(),
        manager,
      );
      if (restored === null) throw new ConflictError('nothing_to_undo', 'there is no change of bounds or hold to undo');
      const dto = toUndoneDto(clusterId, restored.bounds, restored.hold);
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
    cluster: Pick<Cluster, 'id' | 'hold' | 'policy'>,
    after: ManualHold | null,
  ): Promise<ManualScalingDto> {
    const { id: clusterId } = cluster;
    const [was, is] = [await this.countBefore(clusterId, cluster.hold), holdToDto(after)];
    await this.dataSource.transaction(async (manager) => {
      if (!(await this.changes.hold(clusterId, after, manager))) throw clusterNotFound();
      await this.audit.record(
        {
          ...actorOf(caller),
          action: after === null ? 'cluster.scale.release' : 'cluster.scale',
          outcome: 'success',
          targetType: 'cluster',
          targetId: clusterId,
          ...(was === null ? {} : { before: was }),
          ...(is === null ? {} : { after: is }),
        },
        manager,
      );
    });
    this.scheduler.hasten(clusterId);
    return toManualScalingDto(cluster, after);
  }

  /** For the audit log: the hold, else the count that the policies had decided. */
  private async countBefore(clusterId: string, hold: ManualHold | null): Promise<object | null> {
    if (hold !== null && hold.until > this.clock.now()) return holdToDto(hold);
    const desired = await this.states.desired(clusterId);
    return desired === null ? null : { desired_servers: desired };
  }
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
