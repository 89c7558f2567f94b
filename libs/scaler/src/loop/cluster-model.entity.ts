import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredModel } from '#engine';

/** What the engine has learned of a cluster; written now and then. */
@Entity('cluster_models')
export class ClusterModelEntity {
  @PrimaryColumn('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('integer')
  version!: StoredModel['version'];

  @Column('double precision')
  violations!: number;

  @Column('double precision', { name: 'max_utilization' })
  maxUtilization!: number;

  @Column('integer', { name: 'step_seconds' })
  stepSeconds!: number;

  @Column('integer', { name: 'lead_seconds' })
  leadSeconds!: number;

  /** The step that the model saw last, minutes since the Unix epoch. */
  @Column('integer')
  minute!: number;

  @Column('bytea')
  memory!: Buffer;
}
