import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type AuditAction, AuditService, UserRepository } from '#auth';
import type { Caller, Principal } from '#auth';
import { ClusterAccess, ClustersService, thresholdDefaults } from '#clusters';
import { APP_CONFIG, Clock } from '#config';
import type { AppConfig } from '#config';
import { ConflictError, cutPage, decodeCursor, type ListQuery, NotFoundError, TooManyRequestsError } from '#http';
import { ObservationAggregateRepository } from '#metrics';
import { ClusterStateRepository } from '#scaler';
import type {
  BacktestDetailDto,
  BacktestDto,
  BacktestListDto,
  BacktestRequestDto,
  CreateBacktestDto,
} from './backtest.dto.js';
import type { BacktestEntity } from './backtest.entity.js';
import type { BacktestResultDto } from './backtest-result.dto.js';
import { planBacktest } from './backtest.plan.js';
import { BacktestRepository } from './backtest.repository.js';
import { BacktestRunner } from './backtest.runner.js';

/** Minimum length of a recorded history. */
const LEAST_MINUTES = 10;
const RETRY_AFTER_SECONDS = 60;

/** Backtests of a cluster. Who may see the cluster may read them; who may change it may request them. */
@Injectable()
export class BacktestService {
  constructor(
    @Inject(ClustersService) private readonly clusters: Pick<ClustersService, 'get'>,
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly states: ClusterStateRepository,
    private readonly backtests: BacktestRepository,
    private readonly observations: ObservationAggregateRepository,
    private readonly runner: BacktestRunner,
    @Inject(UserRepository) private readonly users: Pick<UserRepository, 'lock'>,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /**
   * @throws BadRequestError naming every invalid field
   * @throws ConflictError if the range has too little recorded demand
   * @throws TooManyRequestsError if the caller has too many queued or running
   */
  async create(caller: Caller, clusterId: string, dto: CreateBacktestDto): Promise<BacktestDto> {
    const cluster = await this.clusters.get(caller, clusterId);
    const leadTimeMs = await this.states.leadTimeMs(clusterId);
    const request = planBacktest(dto, {
      cluster,
      leadTimeMs,
      now: this.clock.now(),
      thresholds: thresholdDefaults(this.config),
      maxServers: this.config.scaler.maxServers,
    });
    await this.assertRecorded(clusterId, request);
    const created = await this.dataSource.transaction(async (manager) => {
      await this.assertMayHaveMore(caller, manager);
      const { id: createdBy, username: createdByName } = caller;
      const trace = dto.trace ?? null;
      const backtest = await this.backtests.insert({ clusterId, createdBy, createdByName, request, trace }, manager);
      await this.record('backtest.create', caller, backtest.id, { after: { cluster_id: clusterId, request } }, manager);
      return toBacktestDto(backtest);
    });
    this.runner.queued(clusterId, created.id);
    return created;
  }

  async list(principal: Principal, clusterId: string, query: ListQuery): Promise<BacktestListDto> {
    await this.access.assertVisible(principal, clusterId);
    const after = query.cursor === undefined ? null : decodeCursor(query.cursor, 'uuid');
    const found = await this.backtests.list(clusterId, after, query.limit + 1);
    const { rows, nextCursor } = cutPage(found, query.limit, ({ createdAt, id }) => ({
      at: createdAt.toISOString(),
      id,
    }));
    return {
      backtests: rows.map(toBacktestDto),
      count: rows.length,
      ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    };
  }

  /** @throws NotFoundError */
  async get(principal: Principal, clusterId: string, id: string): Promise<BacktestDetailDto> {
    await this.access.assertVisible(principal, clusterId);
    const found = await this.backtests.find(clusterId, id);
    if (found === null) throw backtestNotFound();
    return Object.assign(toBacktestDto(found), found.result === null ? {} : { result: inFull(found.result) });
  }

  /** Cancels a queued or running backtest; removes an ended one. @throws NotFoundError */
  async remove(caller: Caller, clusterId: string, id: string): Promise<void> {
    await this.access.assertVisible(caller, clusterId);
    const cancelled = await this.dataSource.transaction(async (manager) => {
      const before = { before: { cluster_id: clusterId } };
      if (await this.backtests.cancel(clusterId, id, manager)) {
        await this.record('backtest.cancel', caller, id, before, manager);
        return true;
      }
      if (!(await this.backtests.remove(clusterId, id, manager))) throw backtestNotFound();
      await this.record('backtest.remove', caller, id, before, manager);
      return false;
    });
    if (cancelled) this.runner.cancelled(clusterId, id);
  }

  private async assertRecorded(clusterId: string, { source, from, to }: BacktestRequestDto): Promise<void> {
    if (source !== 'history' || from === null || to === null) return;
    const minutes = await this.observations.countMinutes(clusterId, Date.parse(from), Date.parse(to));
    if (minutes >= LEAST_MINUTES) return;
    throw new ConflictError(
      'too_little_history',
      `only ${minutes} minutes of demand are recorded from ${from} to ${to}, a backtest needs ${LEAST_MINUTES}; choose another range, or give a trace`,
    );
  }

  private async assertMayHaveMore({ id }: Caller, manager: EntityManager): Promise<void> {
    const { maxPerUser } = this.config.backtests;
    // Serializes concurrent requests of a user, so that the limit holds.
    await this.users.lock(id, manager);
    const underWay = await this.backtests.countUnderWay(id, manager);
    if (underWay < maxPerUser) return;
    throw new TooManyRequestsError(
      'too_many_backtests',
      `you have ${underWay} backtests queued or running, and backtests.max_per_user allows ${maxPerUser}; wait for one to end, or cancel one`,
      RETRY_AFTER_SECONDS,
    );
  }

  private async record(
    action: AuditAction,
    caller: Caller,
    id: string,
    what: { readonly before: object } | { readonly after: object },
    manager: EntityManager,
  ): Promise<void> {
    const { id: actorId, username: actor, ip } = caller;
    const entry = { actorId, actor, ip, action, outcome: 'success', targetType: 'backtest', targetId: id } as const;
    await this.audit.record({ ...entry, ...what }, manager);
  }
}

function backtestNotFound(): NotFoundError {
  return new NotFoundError('backtest_not_found', 'backtest not found');
}

/** Results of earlier releases have no cost. */
function inFull(result: BacktestResultDto): BacktestResultDto {
  const rows = result.rows.map((row) => Object.assign({}, row, { cost: row.cost ?? null }));
  return Object.assign({}, result, { rows });
}

function toBacktestDto(backtest: BacktestEntity): BacktestDto {
  const { id, clusterId, status, progress, request, error, createdByName, createdAt, startedAt, finishedAt } = backtest;
  return {
    id,
    cluster_id: clusterId,
    status,
    progress: progress ?? 0,
    // Requests of earlier releases have no cost.
    request: Object.assign({}, request, { cost: request.cost ?? null }),
    error: error ?? null,
    created_by: createdByName,
    created_at: createdAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    finished_at: finishedAt?.toISOString() ?? null,
  };
}
