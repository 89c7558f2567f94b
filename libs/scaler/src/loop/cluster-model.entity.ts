import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredModel } from '#engine';

/** The learned model of a cluster; written hourly. */
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

  /** The last step the model has learned, in minutes since the epoch. */
  @Column('integer')
  minute!: number;

  @Column('bytea')
  memory!: Buffer;
}
