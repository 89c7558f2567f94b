import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Cursor } from '#http';
import { BacktestEntity } from './backtest.entity.js';
import type { BacktestRequestDto } from './backtest.dto.js';
import type { BacktestResultDto } from './backtest-result.dto.js';

export interface NewBacktest {
  readonly clusterId: string;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly request: BacktestRequestDto;
  readonly trace: string | null;
}

/** A job that a process has taken on. */
export interface ClaimedBacktest {
  readonly id: string;
  readonly clusterId: string;
  readonly request: BacktestRequestDto;
  readonly trace: string | null;
  readonly attempts: number;
}

/** Backtests in the database, which is where several processes agree on who plays which. */
@Injectable()
export class BacktestRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Those of a user that have not ended. Holds back that user's other transactions that ask, until this one ends. */
  async countUnderWay(userId: string, manager: EntityManager): Promise<number> {
    await manager.query(`SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, [userId]);
    const [{ count }] = await manager.query<[{ count: number }]>(
      `SELECT count(*)::int AS count FROM backtests WHERE created_by = $1 AND status IN ('queued', 'running')`,
      [userId],
    );
    return count;
  }

  async insert(backtest: NewBacktest, manager: EntityManager): Promise<BacktestEntity> {
    return manager.save(manager.create(BacktestEntity, { ...backtest, status: 'queued' }));
  }

  /** Newest first, without traces and results. */
  async list(clusterId: string, after: Cursor | null, limit: number): Promise<BacktestEntity[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(BacktestEntity, 'backtest')
      .where('backtest.clusterId = :clusterId', { clusterId });
    if (after !== null) {
      query.andWhere('(backtest.createdAt, backtest.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))', after);
    }
    return query.orderBy('backtest.createdAt', 'DESC').addOrderBy('backtest.id', 'DESC').limit(limit).getMany();
  }

  /** With its result, without its trace. */
  async find(clusterId: string, id: string): Promise<BacktestEntity | null> {
    return this.dataSource.manager
      .createQueryBuilder(BacktestEntity, 'backtest')
      .addSelect('backtest.result')
      .where('backtest.clusterId = :clusterId AND backtest.id = :id', { clusterId, id })
      .getOne();
  }

  /** @returns whether it was still queued or running */
  async cancel(clusterId: string, id: string, manager: EntityManager): Promise<boolean> {
    return changed(
      await manager.query(
        `UPDATE backtests SET status = 'cancelled', finished_at = now()
          WHERE id = $1 AND cluster_id = $2 AND status IN ('queued', 'running') RETURNING id`,
        [id, clusterId],
      ),
    );
  }

  async remove(clusterId: string, id: string, manager: EntityManager): Promise<boolean> {
    return changed(
      await manager.query(`DELETE FROM backtests WHERE id = $1 AND cluster_id = $2 RETURNING id`, [id, clusterId]),
    );
  }

  /**
   * Takes on the oldest job that waits, or whose process has shown no sign of life for `leaseMs`.
   *
   * @param except jobs that this process plays already
   */
  async claim(claimant: string, leaseMs: number, except: readonly string[]): Promise<ClaimedBacktest | null> {
    const [rows] = await this.dataSource.query<
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
   * A sign of life, and how far a job is.
   *
   * @returns `false` when it is no longer this process's to play: it was cancelled, removed, or taken over
   */
  async keep(id: string, claimant: string, progress: number): Promise<boolean> {
    return changed(
      await this.dataSource.query(
        `UPDATE backtests SET alive_at = now(), progress = $3 WHERE id = $1 AND claimed_by = $2 AND status = 'running' RETURNING id`,
        [id, claimant, progress],
      ),
    );
  }

  /** Gives a job back that this process will not end, as if it had not been begun. */
  async release(id: string, claimant: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE backtests SET status = 'queued', claimed_by = NULL, alive_at = NULL, progress = 0, attempts = attempts - 1
        WHERE id = $1 AND claimed_by = $2 AND status = 'running'`,
      [id, claimant],
    );
  }

  /** @returns `false` as `keep` does */
  async succeed(id: string, claimant: string, result: BacktestResultDto): Promise<boolean> {
    return changed(
      await this.dataSource.query(
        `UPDATE backtests SET status = 'done', progress = 1, result = $3, finished_at = now()
          WHERE id = $1 AND claimed_by = $2 AND status = 'running' RETURNING id`,
        [id, claimant, JSON.stringify(result)],
      ),
    );
  }

  /** @returns `false` as `keep` does */
  async fail(id: string, claimant: string, error: string): Promise<boolean> {
    return changed(
      await this.dataSource.query(
        `UPDATE backtests SET status = 'failed', error = $3, finished_at = now()
          WHERE id = $1 AND claimed_by = $2 AND status = 'running' RETURNING id`,
        [id, claimant, error],
      ),
    );
  }

  async countQueued(): Promise<number> {
    const [{ count }] = await this.dataSource.query<[{ count: number }]>(
      `SELECT count(*)::int AS count FROM backtests WHERE status = 'queued'`,
    );
    return count;
  }

  /** Removes what ended longer ago than `retentionMs`, and of each cluster all but the newest `keep` that have ended. */
  async prune(retentionMs: number, keep: number): Promise<number> {
    const [rows] = await this.dataSource.query<[readonly unknown[], number]>(
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
}

/** Of what TypeORM answers to `UPDATE` and `DELETE ... RETURNING`. */
function changed([rows]: [readonly unknown[], number]): boolean {
  return rows.length > 0;
}
