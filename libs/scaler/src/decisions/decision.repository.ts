import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Action, Decision, Step } from '#engine';
import type { TimeRange } from '#http';
import type { Theirs } from '#providers';
import type { HistoryPage } from '../paging.js';
import { DecisionEntity } from './decision.entity.js';
import { timeOfId } from './ids.js';
import type { PolicyRole } from './policy-role.js';

export interface DecisionRow {
  readonly id: string;
  readonly clusterId: string;
  readonly decision: Decision;
  readonly policyRole: PolicyRole;
  readonly theirs: Theirs | null;
}

// One JSON document instead of one array per column: steps are JSON already, and escaping them again inside an array
// costs 50 % more (measured).
const INSERT = `INSERT INTO decisions
    (at, id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps, policy_role, theirs_by, theirs_desired)
  SELECT to_timestamp(at / 1000.0), id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps, policy_role,
    theirs_by, theirs_desired
  FROM json_to_recordset($1::json) AS row (at bigint, id uuid, cluster_id uuid, action text, current int, desired int,
    wished int, unmet int, policy text, code text, reason text, mode text, steps jsonb, policy_role text,
    theirs_by text, theirs_desired int)`;

/** A recorded decision; `steps` only if requested. */
export interface RecordedDecision extends Omit<Decision, 'at' | 'steps'> {
  readonly id: string;
  readonly at: Date;
  readonly policy_role: PolicyRole;
  /** What another autoscaler wanted at that time; `null`: there was none, or that was not known. */
  readonly theirs: Theirs | null;
  readonly steps?: readonly Step[];
}

/** SQL of what another autoscaler wanted, of a row of decisions. */
const THEIRS = `CASE WHEN theirs_desired IS NOT NULL THEN json_build_object('by', theirs_by, 'desired', theirs_desired) END AS theirs`;
const COLUMNS = `id, at, action, current, desired, wished, unmet, policy, code, reason, mode, policy_role, ${THEIRS}`;

/** Keyed like the points of a timeline: entry `i` belongs to the time at index `i`. */
export interface BesideTimeline {
  /** The other autoscaler that was there last; `null`: none. */
  readonly theirs_by: string | null;
  /** The count that it wanted. */
  readonly theirs: readonly (number | null)[];
  /** The count of the policy on trial. */
  readonly trial: readonly (number | null)[];
}

const OF_ANOTHER = `policy_role = 'acting' AND theirs_desired IS NOT NULL`;
const OF_TRIAL = `policy_role = 'candidate'`;
const TIMELINE = `
  SELECT coalesce(jsonb_agg(theirs ORDER BY index), '[]') AS theirs, coalesce(jsonb_agg(trial ORDER BY index), '[]') AS trial,
         last(by, at) FILTER (WHERE by IS NOT NULL) AS theirs_by
    FROM unnest($5::timestamptz[]) WITH ORDINALITY AS point (at, index)
    LEFT JOIN (SELECT time_bucket($4::interval, at) AS bucket, last(theirs_desired, at) FILTER (WHERE ${OF_ANOTHER}) AS theirs,
                      last(theirs_by, at) FILTER (WHERE ${OF_ANOTHER}) AS by, last(desired, at) FILTER (WHERE ${OF_TRIAL}) AS trial
                 FROM decisions
                WHERE cluster_id = $1 AND at >= $2 AND at < $3 AND (${OF_TRIAL} OR ${OF_ANOTHER})
                GROUP BY 1) beside ON beside.bucket = time_bucket($4::interval, point.at)`;

/** Stores the decisions of ticks. */
@Injectable()
export class DecisionRepository {
  constructor(@InjectRepository(DecisionEntity) private readonly decisions: Repository<DecisionEntity>) {}

  /** SQL fragment: the newest decision of the acting policy. @param clusterId SQL expression */
  static newestOf(clusterId: string): string {
    return `(SELECT * FROM decisions WHERE cluster_id = ${clusterId} AND policy_role = 'acting' ORDER BY at DESC LIMIT 1)`;
  }

  /** Newest first. Returns `page.limit` + 1 rows if there are more. */
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

  /**
   * What another autoscaler, and the policy on trial, wanted at each point of a timeline.
   *
   * @param stepMs length of its buckets @param timestamps one time in each bucket
   */
  async besideTimeline(
    clusterId: string,
    { from, to }: TimeRange,
    stepMs: number,
    timestamps: readonly string[],
  ): Promise<BesideTimeline> {
    const [row] = await this.decisions.query<[BesideTimeline]>(TIMELINE, [
      clusterId,
      from,
      to,
      `${stepMs} milliseconds`,
      timestamps,
    ]);
    return row;
  }

  /** Writes all rows in one statement. */
  async writeTick(rows: readonly DecisionRow[], manager: EntityManager): Promise<void> {
    const records = rows.map(({ id, clusterId, decision, policyRole, theirs }) => ({
      ...decision,
      at: Math.round(decision.at),
      id,
      cluster_id: clusterId,
      policy_role: policyRole,
      theirs_by: theirs?.by ?? null,
      theirs_desired: theirs?.desired ?? null,
    }));
    await manager.query(INSERT, [JSON.stringify(records)]);
  }

  /** Ids of those decisions that are stored. What a tick recorded in the same transaction is then stored, too. */
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
