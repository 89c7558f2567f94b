import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Decision, Step } from '#engine';
import type { PolicyRole } from './policy-role.js';

/** A decision. The hypertable has no key: that which stands here is for TypeORM. */
@Entity('decisions')
export class DecisionEntity {
  @PrimaryColumn('timestamptz')
  at!: Date;

  /** Says when the decision was taken (see `ids.ts`), which leads to its chunk. */
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
}
