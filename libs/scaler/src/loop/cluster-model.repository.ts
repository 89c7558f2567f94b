import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, type EntityManager, type Repository } from 'typeorm';
import type { StoredModel } from '#engine';
import { ClusterModelEntity } from './cluster-model.entity.js';

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

/** Stores learned models, hourly (see `model-memory.ts`). */
@Injectable()
export class ClusterModelRepository {
  constructor(@InjectRepository(ClusterModelEntity) private readonly models: Repository<ClusterModelEntity>) {}

  /** Writes all rows in one statement. */
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
    const models = await this.models.findBy({ clusterId: Any(clusterIds) });
    return new Map(
      models.map(({ clusterId, memory, ...model }) => [clusterId, { ...model, memory: new Uint8Array(memory) }]),
    );
  }
}
