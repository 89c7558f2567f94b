import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '#config';
import { type Cursor, cutPage, decodeCursor, type HistoryQuery, periodOf, traceId } from '#http';
import type { Caller } from '../access/principal.js';

/** Something that somebody did or tried. `before` and `after` must hold no secret. */
export interface AuditEntry {
  readonly actorId?: string | undefined;
  /** The name, also when there is no such account. */
  readonly actor: string;
  readonly ip: string;
  /** `<thing>.<verb>`, as in `cluster.update`. */
  readonly action: string;
  readonly outcome: 'success' | 'failure';
  readonly targetType?: string;
  readonly targetId?: string;
  readonly before?: object;
  readonly after?: object;
}

/** Who does something, as an entry names him. */
export function actorOf({ id, username, ip }: Caller): Pick<AuditEntry, 'actorId' | 'actor' | 'ip'> {
  return { actorId: id, actor: username, ip };
}

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
  readonly before: object | null;
  readonly after: object | null;
  readonly trace_id: string | null;
}

export interface AuditFilter extends Pick<HistoryQuery, 'from' | 'to' | 'range'> {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
}

/** Who did what, from where, before and after. */
@Injectable()
export class AuditService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @param manager of the transaction that makes the change, so that neither is without the other */
  async record(entry: AuditEntry, manager: EntityManager = this.dataSource.manager): Promise<void> {
    await manager.query(
      `INSERT INTO audit_log (actor_id, actor, ip, action, outcome, target_type, target_id, before, after, trace_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        entry.actorId ?? null,
        entry.actor,
        entry.ip,
        entry.action,
        entry.outcome,
        entry.targetType ?? null,
        entry.targetId ?? null,
        entry.before === undefined ? null : JSON.stringify(entry.before),
        entry.after === undefined ? null : JSON.stringify(entry.after),
        traceId() ?? null,
      ],
    );
  }

  /** A page of the log, newest first. */
  async list(filter: AuditFilter): Promise<{ rows: readonly AuditRow[]; nextCursor?: string }> {
    const cursor = filter.cursor === undefined ? undefined : decodeCursor(filter.cursor, 'number');
    const { from, to } = periodOf(filter, this.clock.now());
    const rows = await this.dataSource.query<AuditRow[]>(
      `SELECT id::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor_id, actor, ip, action, outcome,
              target_type, target_id, before, after, trace_id
         FROM audit_log
        WHERE ($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR actor = $2)
          AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4)
          AND ($5::timestamptz IS NULL OR (at, id) < ($5, $6::bigint))
        ORDER BY at DESC, id DESC LIMIT $7`,
      [filter.action ?? null, filter.actor ?? null, from, to, cursor?.at ?? null, cursor?.id ?? null, filter.limit + 1],
    );
    return cutPage(rows, filter.limit, ({ at, id }): Cursor => ({ at, id }));
  }
}
