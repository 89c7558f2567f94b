import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Decision, Step } from '#engine';
import type { PolicyRole } from './policy-role.js';

/** A decision. The hypertable has no primary key; the key columns here are for TypeORM only. */
@Entity('decisions')
export class DecisionEntity {
  @PrimaryColumn('timestamptz')
  at!: Date;

  /** Contains the time of the decision (see `ids.ts`), which selects the chunk. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'cluster_id' })
  clusterId!: string;

  @Column('text')
  action!: Decision['action'];

  @Column('integer')
  current!: number;

  @Column('integer')
  desired!: number;

  @Column('integer')
  wished!: number;

  @Column('integer')
  unmet!: number;

  @Column('text')
  policy!: Decision['policy'];

  @Column('text')
  code!: string;

  @Column('text')
  reason!: string;

  @Column('text')
  mode!: Decision['mode'];

  @Column('jsonb')
  steps!: readonly Step[];

  @Column('text', { name: 'policy_role', default: 'acting' })
  policyRole!: PolicyRole;

  /** The other autoscaler of the same servers; `null`: none, or it is not known what it wanted. */
  @Column('text', { name: 'theirs_by', nullable: true })
  theirsBy!: string | null;

  /** The count that it wanted. */
  @Column('integer', { name: 'theirs_desired', nullable: true })
  theirsDesired!: number | null;
}
