import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { PartitionEntity } from './partition.entity.js';
import { type Fence, PARTITIONS } from './partition.js';

/** A partition as stored. */
export interface PartitionRow {
  readonly partition: number;
  readonly token: number;
  readonly holder: string | null;
  readonly jobId: string;
  readonly attempt: number;
}

/** A claim that pg-boss granted. */
export interface Claim {
  readonly partition: number;
  readonly jobId: string;
  readonly attempt: number;
}

/** Based on the time, so that tokens still increase after a restore from an older backup. */
const FIRST_TOKEN = `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;
const NEXT_TOKEN = `greatest(old.token + 1, ${FIRST_TOKEN})`;

// Always in the order of the partitions, so that two statements cannot deadlock.
const TAKE = `INSERT INTO shares AS old (share, token, holder, job_id, attempt)
  SELECT share, ${FIRST_TOKEN}, $1, job_id, attempt FROM unnest($2::int[], $3::uuid[], $4::int[]) AS row (share, job_id, attempt) ORDER BY share
  ON CONFLICT (share) DO UPDATE SET
    token = ${NEXT_TOKEN}, holder = excluded.holder, job_id = excluded.job_id, attempt = excluded.attempt, taken_at = now()
  RETURNING share AS partition, token::float8 AS token`;

// The pg-boss jobs, if any, stay unchanged for instances that share later.
const TAKE_ALL = `INSERT INTO shares AS old (share, token, holder, job_id, attempt)
  SELECT share, ${FIRST_TOKEN}, $1, gen_random_uuid(), 0 FROM generate_series(0, ${PARTITIONS - 1}) AS share ORDER BY share
  ON CONFLICT (share) DO UPDATE SET token = ${NEXT_TOKEN}, holder = excluded.holder, taken_at = now()
  RETURNING share AS partition, token::float8 AS token`;

const LEAVE = `WITH mine AS (
    SELECT shares.share FROM shares JOIN unnest($1::int[], $2::bigint[]) AS row (share, token)
      ON shares.share = row.share AND shares.token = row.token
    ORDER BY shares.share FOR UPDATE OF shares)
  UPDATE shares SET token = token + 1, holder = NULL FROM mine WHERE shares.share = mine.share`;

/**
 * The row locks last until the commit, so that no other process takes the partition in between. The timeout bounds a
 * process that sleeps while it holds them.
 */
const GUARD = `WITH bound AS MATERIALIZED (SELECT set_config('idle_in_transaction_session_timeout', '5000', true) AS bound)
  SELECT shares.share AS partition, shares.token::float8 AS token FROM bound, shares JOIN unnest($1::int[], $2::bigint[]) AS row (share, token)
    ON shares.share = row.share AND shares.token = row.token
  WHERE bound.bound IS NOT NULL ORDER BY shares.share FOR SHARE OF shares`;

/** Holders and fencing tokens of partitions; the database decides. */
@Injectable()
export class PartitionRepository {
  constructor(@InjectRepository(PartitionEntity) private readonly partitions: Repository<PartitionEntity>) {}

  /** SQL fragment: whether a partition is held under a token. The parameters are SQL expressions. */
  static isHeldUnder(partition: string, token: string): string {
    return `EXISTS (SELECT FROM shares WHERE shares.share = ${partition} AND shares.token = ${token})`;
  }

  async list(): Promise<PartitionRow[]> {
    return this.partitions.query<PartitionRow[]>(
      `SELECT share AS partition, token::float8 AS token, holder, job_id AS "jobId", attempt FROM shares`,
    );
  }

  /** @returns the fences, with tokens higher than any before */
  async take(holder: string, claims: readonly Claim[]): Promise<Fence[]> {
    return this.partitions.query<Fence[]>(TAKE, [
      holder,
      claims.map(({ partition }) => partition),
      claims.map(({ jobId }) => jobId),
      claims.map(({ attempt }) => attempt),
    ]);
  }

  /** For a single instance, without pg-boss claims. @returns the fences in order of the partitions */
  async takeAll(holder: string): Promise<Fence[]> {
    const fences = await this.partitions.query<Fence[]>(TAKE_ALL, [holder]);
    return fences.toSorted((a, b) => a.partition - b.partition);
  }

  /** Revokes these fences, if they are still in force. */
  async leave(fences: readonly Fence[]): Promise<void> {
    await this.partitions.query(LEAVE, [fences.map(({ partition }) => partition), fences.map(({ token }) => token)]);
  }

  /**
   * One statement for all. @returns tokens by partition for the fences in force; they stay in force until the
   * transaction ends
   */
  async guard(fences: readonly Fence[], manager: EntityManager): Promise<ReadonlyMap<number, number>> {
    const rows = await manager.query<Fence[]>(GUARD, [
      fences.map(({ partition }) => partition),
      fences.map(({ token }) => token),
    ]);
    return new Map(rows.map(({ partition, token }) => [partition, token]));
  }
}
