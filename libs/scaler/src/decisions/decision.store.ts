import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Decision } from '#engine';

export interface DecisionRow {
  readonly id: string;
  readonly clusterId: string;
  readonly decision: Decision;
}

const INSERT = `INSERT INTO decisions
    (at, id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps)
  SELECT to_timestamp(at / 1000.0), id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps
  FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::jsonb[])
    AS row (at, id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps)`;

/** Writes the decisions of a tick. */
@Injectable()
export class DecisionStore {
  /** One statement for all rows. */
  async writeTick(rows: readonly DecisionRow[], manager: EntityManager): Promise<void> {
    if (rows.length === 0) return;
    await manager.query(INSERT, [
      rows.map(({ decision }) => Math.round(decision.at)),
      rows.map(({ id }) => id),
      rows.map(({ clusterId }) => clusterId),
      rows.map(({ decision }) => decision.action),
      rows.map(({ decision }) => decision.current),
      rows.map(({ decision }) => decision.desired),
      rows.map(({ decision }) => decision.wished),
      rows.map(({ decision }) => decision.unmet),
      rows.map(({ decision }) => decision.policy),
      rows.map(({ decision }) => decision.code),
      rows.map(({ decision }) => decision.reason),
      rows.map(({ decision }) => decision.mode),
      rows.map(({ decision }) => JSON.stringify(decision.steps)),
    ]);
  }

  /** Whether a decision, and with it everything that was recorded in the same transaction, is there. */
  async isRecorded(row: DecisionRow, manager: EntityManager): Promise<boolean> {
    const found: unknown[] = await manager.query(
      `SELECT 1 FROM decisions WHERE cluster_id = $1 AND at = to_timestamp($2 / 1000.0) AND id = $3`,
      [row.clusterId, Math.round(row.decision.at), row.id],
    );
    return found.length > 0;
  }
}
