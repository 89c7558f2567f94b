import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Action, Decision, Step } from '#engine';
import type { HistoryPage } from '../paging.js';
import { DecisionEntity } from './decision.entity.js';
import { timeOfId } from './ids.js';
import type { PolicyRole } from './policy-role.js';

export interface DecisionRow {
  readonly id: string;
  readonly clusterId: string;
  readonly decision: Decision;
  readonly policyRole: PolicyRole;
}

// One JSON document instead of an array per column: steps are JSON already, and escaping them once more, within an array,
// costs half as much again (measured).
const INSERT = `INSERT INTO decisions
    (at, id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps, policy_role)
  SELECT to_timestamp(at / 1000.0), id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps, policy_role
  FROM json_to_recordset($1::json) AS row (at bigint, id uuid, cluster_id uuid, action text, current int, desired int,
    wished int, unmet int, policy text, code text, reason text, mode text, steps jsonb, policy_role text)`;

/** A recorded decision; `steps` only where they were asked for. */
export interface RecordedDecision extends Omit<Decision, 'at' | 'steps'> {
  readonly id: string;
  readonly at: Date;
  readonly policy_role: PolicyRole;
  readonly steps?: readonly Step[];
}

const COLUMNS = 'id, at, action, current, desired, wished, unmet, policy, code, reason, mode, policy_role';

/** Decisions of ticks. */
@Injectable()
export class DecisionRepository {
  constructor(@InjectRepository(DecisionEntity) private readonly decisions: Repository<DecisionEntity>) {}

  /** A piece for statements of others: the newest decision of the acting policy. @param clusterId SQL */
  static newestOf(clusterId: string): string {
    return `(SELECT * FROM decisions WHERE cluster_id = ${clusterId} AND policy_role = 'acting' ORDER BY at DESC LIMIT 1)`;
  }

  /** Newest first, one more than `page.limit` where there are more. */
  async list(
    clusterId: string,
    page: HistoryPage,
    filter: { readonly actions: readonly Action[] | null; readonly steps: boolean; readonly role: PolicyRole },
  ): Promise<RecordedDecision[]> {
    const { from, to, after, limit } = page;
    return this.decisions.query(
      `SELECT ${COLUMNS}${filter.steps ? ', steps' : ''} FROM decisions
        WHERE cluster_id = $1
          AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at <= $3)
          AND ($4::timestamptz IS NULL OR (at, id) < ($4, $5::uuid))
          AND ($6::text[] IS NULL OR action = ANY ($6)) AND policy_role = $8
        ORDER BY at DESC, id DESC LIMIT $7`,
      [clusterId, from, to, after?.at ?? null, after?.id ?? null, filter.actions, limit + 1, filter.role],
    );
  }

  async find(clusterId: string, id: string): Promise<RecordedDecision | null> {
    const at = timeOfId(id);
    if (at === null) return null;
    const [row]: RecordedDecision[] = await this.decisions.query(
      `SELECT ${COLUMNS}, steps FROM decisions WHERE cluster_id = $1 AND at = to_timestamp($2 / 1000.0) AND id = $3`,
      [clusterId, at, id],
    );
    return row ?? null;
  }

  /** One statement for all rows. */
  async writeTick(rows: readonly DecisionRow[], manager: EntityManager): Promise<void> {
    const records = rows.map(({ id, clusterId, decision, policyRole }) => ({
      ...decision,
      at: Math.round(decision.at),
      id,
      cluster_id: clusterId,
      policy_role: policyRole,
    }));
    await manager.query(INSERT, [JSON.stringify(records)]);
  }

  /** Which of the decisions, and with each what was recorded in the same transaction, are there. */
  async recordedIds(rows: readonly DecisionRow[], manager: EntityManager): Promise<ReadonlySet<string>> {
    const found: { id: string }[] = await manager.query(
      `SELECT id FROM decisions WHERE id = ANY ($1::uuid[]) AND cluster_id = ANY ($2::uuid[])
        AND at IN (SELECT to_timestamp(at / 1000.0) FROM unnest($3::bigint[]) AS row (at))`,
      [
        rows.map(({ id }) => id),
        rows.map(({ clusterId }) => clusterId),
        [...new Set(rows.map(({ decision }) => Math.round(decision.at)))],
      ],
    );
    return new Set(found.map(({ id }) => id));
  }
}
