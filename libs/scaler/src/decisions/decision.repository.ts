import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Action, Decision, Step } from '#engine';
import type { HistoryPage } from '../paging.js';
import { DecisionEntity } from './decision.entity.js';
import { timeOfId } from './ids.js';
import type { PolicyRole } from './policy-role.js';

/** A recorded decision; `steps` only where they were asked for. */
export interface RecordedDecision extends Omit<Decision, 'at' | 'steps'> {
  readonly id: string;
  readonly at: Date;
  readonly policy_role: PolicyRole;
  readonly steps?: readonly Step[];
}

const COLUMNS = 'id, at, action, current, desired, wished, unmet, policy, code, reason, mode, policy_role';

/** Reads the decisions of a cluster. */
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
}
