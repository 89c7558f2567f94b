import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Decision } from '#engine';
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

/** Writes the decisions of a tick. */
@Injectable()
export class DecisionStore {
  /** One statement for all rows. */
  async writeTick(rows: readonly DecisionRow[], manager: EntityManager): Promise<void> {
    if (rows.length === 0) return;
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
