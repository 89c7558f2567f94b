import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Sample } from '#engine';

export interface SampleRow {
  readonly clusterId: string;
  readonly sample: Sample;
}

/** Where samples are written. */
@Injectable()
export class SampleStore {
  /** All samples of a tick in one statement. */
  async writeTick(rows: readonly SampleRow[], manager: EntityManager): Promise<void> {
    if (rows.length === 0) return;
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
}
