import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, type QueryDeepPartialEntity, type Repository } from 'typeorm';
import type { Cursor } from '#http';
import { BacktestEntity } from './backtest.entity.js';
import type { BacktestRequestDto } from './backtest.dto.js';
import type { BacktestResultDto } from './backtest-result.dto.js';
import type { BacktestStatus } from './backtest-status.js';

export interface NewBacktest {
  readonly clusterId: string;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly request: BacktestRequestDto;
  readonly trace: string | null;
}

/** A job claimed by a process. */
export interface ClaimedBacktest {
  readonly id: string;
  readonly clusterId: string;
  readonly request: BacktestRequestDto;
  readonly trace: string | null;
  readonly attempts: number;
}

/** The database's clock, which all processes share. */
const NOW = (): string => 'now()';
const UNDER_WAY = In<BacktestStatus>(['queued', 'running']);

/** Stores backtests; processes claim jobs here. */
@Injectable()
export class BacktestRepository {
  constructor(@InjectRepository(BacktestEntity) private readonly backtests: Repository<BacktestEntity>) {}

  /** A user's backtests that are queued or running. */
  async countUnderWay(userId: string, manager: EntityManager): Promise<number> {
    return manager.withRepository(this.backtests).countBy({ createdBy: userId, status: UNDER_WAY });
  }

  async insert(backtest: NewBacktest, manager: EntityManager): Promise<BacktestEntity> {
    const backtests = manager.withRepository(this.backtests);
    return backtests.save(backtests.create({ ...backtest, status: 'queued' }));
  }

  /** Newest first, without traces and results. */
  async list(clusterId: string, after: Cursor | null, limit: number): Promise<BacktestEntity[]> {
    const query = this.backtests.createQueryBuilder('backtest').where({ clusterId });
    if (after !== null) {
      query.andWhere('(backtest.createdAt, backtest.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))', after);
    }
    return query.orderBy('backtest.createdAt', 'DESC').addOrderBy('backtest.id', 'DESC').limit(limit).getMany();
  }

  /** With result, without trace. */
  async find(clusterId: string, id: string): Promise<BacktestEntity | null> {
    return this.backtests.createQueryBuilder('backtest').addSelect('backtest.result').where({ clusterId, id }).getOne();
  }

  /** @returns whether it was queued or running */
  async cancel(clusterId: string, id: string, manager: EntityManager): Promise<boolean> {
    const { affected } = await manager
      .withRepository(this.backtests)
      .update({ id, clusterId, status: UNDER_WAY }, { status: 'cancelled', finishedAt: NOW });
    return affected === 1;
  }

  /** @returns whether it existed */
  async remove(clusterId: string, id: string, manager: EntityManager): Promise<boolean> {
    const { affected } = await manager.withRepository(this.backtests).delete({ id, clusterId });
    return affected === 1;
  }

  /**
   * Claims the oldest job that is queued, or whose process has sent no heartbeat for `leaseMs`.
   *
   * @param except jobs that this process is running
   */
  async claim(claimant: string, leaseMs: number, except: readonly string[]): Promise<ClaimedBacktest | null> {
    const [rows] = await this.backtests.query<
      [
        readonly {
          id: string;
          cluster_id: string;
          request: BacktestRequestDto;
          trace: string | null;
          attempts: number;
        }[],
        number,
      ]
    >(
      `UPDATE backtests SET status = 'running', claimed_by = $1, alive_at = now(), attempts = attempts + 1, progress = 0,
              started_at = coalesce(started_at, now())
        WHERE id = (
          SELECT id FROM backtests
           WHERE (status = 'queued' OR (status = 'running' AND alive_at < now() - $2 * INTERVAL '1 millisecond'))
             AND NOT id = ANY($3::uuid[])
           ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, cluster_id, request, trace, attempts`,
      [claimant, leaseMs, except],
    );
    const row = rows[0];
    if (row === undefined) return null;
    const { id, cluster_id: clusterId, request, trace, attempts } = row;
    return { id, clusterId, request, trace, attempts };
  }

  /**
   * Renews the claim and stores the progress.
   *
   * @returns `false` if the job was canceled, removed or taken over
   */
  async keep(id: string, claimant: string, progress: number): Promise<boolean> {
    return this.change(id, claimant, { aliveAt: NOW, progress });
  }

  /** Returns a job to the queue without counting the attempt. */
  async release(id: string, claimant: string): Promise<void> {
    const attempts = (): string => 'attempts - 1';
    await this.change(id, claimant, { status: 'queued', claimedBy: null, aliveAt: null, progress: 0, attempts });
  }

  /** @returns `false` as for `keep` */
  async succeed(id: string, claimant: string, result: BacktestResultDto): Promise<boolean> {
    return this.change(id, claimant, { status: 'done', progress: 1, result, finishedAt: NOW });
  }

  /** @returns `false` as for `keep` */
  async fail(id: string, claimant: string, error: string): Promise<boolean> {
    return this.change(id, claimant, { status: 'failed', error, finishedAt: NOW });
  }

  async countQueued(): Promise<number> {
    return this.backtests.countBy({ status: 'queued' });
  }

  /**
   * Removes backtests that ended more than `retentionMs` ago, and all but the newest `keep` ended ones of each cluster.
   */
  async prune(retentionMs: number, keep: number): Promise<number> {
    const [rows] = await this.backtests.query<[readonly unknown[], number]>(
      `DELETE FROM backtests WHERE id IN (
         SELECT id FROM (
           SELECT id, finished_at, row_number() OVER (PARTITION BY cluster_id ORDER BY finished_at DESC, id) AS place
             FROM backtests WHERE status IN ('done', 'failed', 'cancelled')
         ) ended
         WHERE finished_at < now() - $1::float8 * INTERVAL '1 millisecond' OR place > $2)
       RETURNING id`,
      [retentionMs, keep],
    );
    return rows.length;
  }

  /** @returns whether the claim is still valid, so that the job was changed */
  private async change(id: string, claimant: string, change: QueryDeepPartialEntity<BacktestEntity>): Promise<boolean> {
    const { affected } = await this.backtests.update({ id, claimedBy: claimant, status: 'running' }, change);
    return affected === 1;
  }
}
