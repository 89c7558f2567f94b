import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A forecast of the highest demand until a time. The hypertable has no primary key; the key columns here are for
 * TypeORM only.
 */
@Entity('forecasts')
export class ForecastEntity {
  @PrimaryColumn('timestamptz')
  at!: Date;

  @PrimaryColumn('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('integer', { name: 'horizon_ms' })
  horizonMs!: number;

  @Column('text')
  model!: string;

  @Column('real')
  level!: number;

  /** The quantile at probability `level`. */
  @Column('double precision')
  upper!: number;

  @Column('jsonb')
  quantiles!: Readonly<Record<string, number>>;

  /** Servers that a Kubernetes HPA would have then; `null`: not known. */
  @Column('integer', { name: 'hpa_desired', nullable: true })
  hpaDesired!: number | null;
}
