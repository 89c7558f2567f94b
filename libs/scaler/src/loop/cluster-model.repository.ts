import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { StoredModel } from '#engine';

export interface ClusterModelRow {
  readonly clusterId: string;
  readonly model: StoredModel;
}

const UPSERT = `INSERT INTO cluster_models AS old
    (cluster_id, version, violations, max_utilization, step_seconds, lead_seconds, minute, memory)
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::float8[], $4::float8[], $5::int[], $6::int[], $7::int[], $8::bytea[])
  ON CONFLICT (cluster_id) DO UPDATE SET
    version = excluded.version, violations = excluded.violations, max_utilization = excluded.max_utilization,
    step_seconds = excluded.step_seconds, lead_seconds = excluded.lead_seconds, minute = excluded.minute,
    memory = excluded.memory`;

/** Keeps what the engine has learned of a cluster, every now and then (see `model-memory.ts`). */
@Injectable()
export class ClusterModelRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement for all rows. */
  async write(rows: readonly ClusterModelRow[], manager: EntityManager): Promise<void> {
    const of = <T>(pick: (model: StoredModel) => T): T[] => rows.map(({ model }) => pick(model));
    await manager.query(UPSERT, [
      rows.map(({ clusterId }) => clusterId),
      of(({ version }) => version),
      of(({ violations }) => violations),
      of(({ maxUtilization }) => maxUtilization),
      of(({ stepSeconds }) => stepSeconds),
      of(({ leadSeconds }) => leadSeconds),
      of(({ minute }) => minute),
      of(({ memory }) => Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength)),
    ]);
  }

  async load(clusterIds: readonly string[]): Promise<Map<string, StoredModel>> {
    const rows: {
      cluster_id: string;
      version: StoredModel['version'];
      violations: number;
      max_utilization: number;
      step_seconds: number;
      lead_seconds: number;
      minute: number;
      memory: Buffer;
    }[] = await this.dataSource.query(`SELECT * FROM cluster_models WHERE cluster_id = ANY ($1::uuid[])`, [clusterIds]);
    return new Map(
      rows.map((row) => [
        row.cluster_id,
        {
          version: row.version,
          violations: row.violations,
          maxUtilization: row.max_utilization,
          stepSeconds: row.step_seconds,
          leadSeconds: row.lead_seconds,
          minute: row.minute,
          memory: new Uint8Array(row.memory),
        },
      ]),
    );
  }
}
