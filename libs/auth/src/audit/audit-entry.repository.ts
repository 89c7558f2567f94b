import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Cursor } from '#http';
import { AuditEntryEntity } from './audit-entry.entity.js';

/** An entry in the wire format. */
export interface AuditRow {
  readonly id: string;
  readonly at: string;
  readonly actor_id: string | null;
  readonly actor: string;
  readonly ip: string | null;
  readonly action: string;
  readonly outcome: 'success' | 'failure';
  readonly target_type: string | null;
  readonly target_id: string | null;
  readonly target_name: string | null;
  readonly cluster_id: string | null;
  readonly before: object | null;
  readonly after: object | null;
  readonly trace_id: string | null;
}

/** Which entries; absent fields restrict nothing. */
export interface AuditCriteria {
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly targetType?: string | undefined;
  readonly outcome?: 'success' | 'failure' | undefined;
}

/** A page of entries. */
export interface AuditSelection extends AuditCriteria {
  readonly from: string | null;
  readonly to: string | null;
  readonly before: Cursor | undefined;
  readonly limit: number;
}

/** The name of the target, where an entry has it; the indexes have the same expression. */
const NAME = `coalesce(after ->> 'name', before ->> 'name', after ->> 'username', before ->> 'username')`;

/** The id of a cluster that a backtest is of. */
const CLUSTER_OF_BACKTEST = `coalesce(after ->> 'cluster_id', before ->> 'cluster_id')`;

// Entries of partial changes have no name of their target: an earlier entry has it, the one of its creation at the latest.
const LIST = `
  WITH page AS MATERIALIZED (
    SELECT *, CASE target_type WHEN 'cluster' THEN target_id WHEN 'backtest' THEN ${CLUSTER_OF_BACKTEST} END AS cluster_id
      FROM audit_log
     WHERE ($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR actor = $2)
       AND ($3::text IS NULL OR target_type = $3) AND ($4::text IS NULL OR outcome = $4)
       AND ($5::text IS NULL
            OR (target_type, target_id) IN (SELECT target_type, target_id FROM audit_log WHERE ${NAME} = $5)
            OR (target_type = 'backtest' AND ${CLUSTER_OF_BACKTEST} IN
                (SELECT target_id FROM audit_log WHERE ${NAME} = $5 AND target_type = 'cluster'))
            OR (target_type IN ('account', 'address') AND target_id = $5))
       AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
       AND ($8::timestamptz IS NULL OR (at, id) < ($8, $9::bigint))
     ORDER BY at DESC, id DESC LIMIT $10)
  SELECT id::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor_id, actor, ip, action, outcome,
         target_type, target_id, cluster_id, before, after, trace_id,
         coalesce(${NAME}, CASE WHEN target_type IN ('account', 'address') THEN target_id END,
           (SELECT ${NAME} FROM audit_log AS named
             WHERE named.target_type = CASE WHEN page.cluster_id IS NULL THEN page.target_type ELSE 'cluster' END
               AND named.target_id = coalesce(page.cluster_id, page.target_id) AND named.at <= page.at AND ${NAME} IS NOT NULL
             ORDER BY named.at DESC LIMIT 1)) AS target_name
    FROM page ORDER BY page.at DESC, page.id DESC`;

/** The audit log in the database. */
@Injectable()
export class AuditEntryRepository {
  constructor(@InjectRepository(AuditEntryEntity) private readonly entries: Repository<AuditEntryEntity>) {}

  /** @param manager of the transaction that makes the change, so that change and entry are committed together */
  async insert(entry: Omit<AuditEntryEntity, 'id' | 'at'>, manager = this.entries.manager): Promise<void> {
    await manager.withRepository(this.entries).insert(entry);
  }

  /** Newest first. Cursors have microseconds, so that pages neither overlap nor leave gaps. */
  async list(selection: AuditSelection): Promise<AuditRow[]> {
    const { action, actor, target, targetType, outcome, from, to, before, limit } = selection;
    const which = [action, actor, targetType, outcome, target].map((value) => value ?? null);
    return this.entries.query(LIST, [...which, from, to, before?.at ?? null, before?.id ?? null, limit]);
  }
}
