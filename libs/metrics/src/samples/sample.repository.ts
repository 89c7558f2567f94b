import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { rfc3339 } from '#database';
import type { Sample } from '#engine';
import type { Cursor, TimeRange } from '#http';
import type { SampleDto } from '../query/metrics.dto.js';
import { SampleEntity } from './sample.entity.js';

export interface SampleRow {
  readonly clusterId: string;
  readonly sample: Sample;
}

/** Older samples say nothing about the current state of a cluster. */
const LATEST_WITHIN = '15 minutes';
const COLUMNS = `${rfc3339('at')} AS timestamp, server_id, cpu AS cpu_usage, memory AS memory_usage, request_rate AS request_load`;

/** Samples of servers. The database builds the wire format, so that a long answer is serialized only once. */
@Injectable()
export class SampleRepository {
  constructor(@InjectRepository(SampleEntity) private readonly samples: Repository<SampleEntity>) {}

  /** All samples of a tick in one statement. */
  async writeTick(rows: readonly SampleRow[], manager: EntityManager): Promise<void> {
    await manager.query(
      `INSERT INTO samples (at, cluster_id, server_id, cpu, memory, request_rate)
       SELECT to_timestamp(at / 1000), cluster_id, server_id, cpu, memory, request_rate
         FROM unnest($1::float8[], $2::uuid[], $3::text[], $4::real[], $5::real[], $6::real[])
           AS row (at, cluster_id, server_id, cpu, memory, request_rate)`,
      [
        rows.map(({ sample }) => sample.at),
        rows.map(({ clusterId }) => clusterId),
        rows.map(({ sample }) => sample.serverId),
        rows.map(({ sample }) => sample.cpu),
        rows.map(({ sample }) => sample.memory),
        rows.map(({ sample }) => sample.requestRate),
      ],
    );
  }

  /**
   * The newest `limit` samples of the range, oldest first.
   *
   * @param before only samples before this one, by time and then by server id
   */
  async list(
    clusterId: string,
    { from, to }: TimeRange,
    before: Cursor | undefined,
    limit: number,
  ): Promise<SampleDto[]> {
    return this.samples.query(
      `SELECT ${COLUMNS}
         FROM (SELECT * FROM samples
                WHERE cluster_id = $1 AND at >= $2 AND at < $3
                  AND ($5::timestamptz IS NULL OR at < $5 OR (at = $5 AND server_id < $6))
                ORDER BY at DESC, server_id DESC LIMIT $4) newest
        ORDER BY at, server_id`,
      [clusterId, from, to, limit, before?.at ?? null, before?.id ?? null],
    );
  }

  /** The newest recent sample of each server. */
  async latest(clusterId: string, now: Date): Promise<SampleDto[]> {
    return this.samples.query(
      `SELECT ${COLUMNS}
         FROM samples
        WHERE cluster_id = $1 AND at = (SELECT max(at) FROM samples WHERE cluster_id = $1 AND at > $2::timestamptz - INTERVAL '${LATEST_WITHIN}')
        ORDER BY server_id`,
      [clusterId, now],
    );
  }
}
