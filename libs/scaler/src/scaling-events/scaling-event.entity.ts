import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ScalingEvent, ScalingOutcome } from './scaling-event.js';

/** A decision that is carried out. Written before the provider is called; has the id of its decision. */
@Entity('scaling_events')
export class ScalingEventEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('timestamptz')
  at!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;

  @Column('text')
  action!: ScalingEvent['action'];

  @Column('integer', { name: 'servers_before' })
  serversBefore!: number;

  @Column('integer', { name: 'servers_after', nullable: true })
  serversAfter!: number | null;

  @Column('integer')
  desired!: number;

  @Column('text')
  policy!: ScalingEvent['policy'];

  @Column('text')
  code!: string;

  @Column('text')
  reason!: string;

  @Column('text')
  outcome!: ScalingOutcome;

  @Column('text', { nullable: true })
  error!: string | null;

  /** When the intent was recorded, if the database was down before the request. */
  @Column('timestamptz', { name: 'recorded_late_at', nullable: true })
  recordedLateAt!: Date | null;

  /** Part of a simulated past: nothing was scaled. */
  @Column('boolean', { default: false })
  simulated!: boolean;
}
