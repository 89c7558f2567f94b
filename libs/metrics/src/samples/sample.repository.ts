import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { rfc3339 } from '#database';
import type { Cursor, TimeRange } from '#http';
import type { SampleDto } from '../query/metrics.dto.js';
import { SampleEntity } from './sample.entity.js';

/** A sample older than this says nothing of how a cluster is now. */
const LATEST_WITHIN = '15 minutes';
const COLUMNS = `${rfc3339('at')} AS timestamp, server_id, cpu AS cpu_usage, memory AS memory_usage, request_rate AS request_load`;

/** Samples of servers. They are read as they go on the wire, so that a long answer is made once, by the database. */
@Injectable()
export class SampleRepository {
  constructor(@InjectRepository(SampleEntity) private readonly samples: Repository<SampleEntity>) {}

  /**
   * The newest `limit` samples of the range, oldest first.
   *
   * @param before only those that are older than this one, or as old and of a server before it in the alphabet
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

  /** The newest sample of each server that has one of late. */
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
