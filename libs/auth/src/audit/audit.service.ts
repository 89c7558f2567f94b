import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '#config';
import { type Cursor, cutPage, decodeCursor, type HistoryQuery, periodOf } from '#http';
import { traceId } from '#tracing';
import type { Caller } from '../access/principal.js';
import type { AuditAction } from './audit-actions.js';
import { type AuditCriteria, AuditEntryRepository, type AuditRow } from './audit-entry.repository.js';

/** An action that was done or tried. `before` and `after` must hold no secret. */
export interface AuditEntry {
  readonly actorId?: string | undefined;
  /** The name, also when there is no such account. */
  readonly actor: string;
  readonly ip: string;
  readonly action: AuditAction;
  readonly outcome: 'success' | 'failure';
  readonly targetType?: string;
  readonly targetId?: string;
  readonly before?: object;
  readonly after?: object;
}

/** The actor of an entry. */
export function actorOf({ id, username, ip }: Caller): Pick<AuditEntry, 'actorId' | 'actor' | 'ip'> {
  return { actorId: id, actor: username, ip };
}

export interface AuditFilter extends AuditCriteria, Pick<HistoryQuery, 'from' | 'to' | 'range'> {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The audit log: who did what, from where, before and after. */
@Injectable()
export class AuditService {
  constructor(
    private readonly entries: AuditEntryRepository,
    private readonly clock: Clock,
  ) {}

  /** @param manager of the transaction that makes the change, so that change and entry are committed together */
  async record(entry: AuditEntry, manager?: EntityManager): Promise<void> {
    const { actorId, targetType, targetId, before, after, ...rest } = entry;
    await this.entries.insert(
      {
        ...rest,
        actorId: actorId ?? null,
        targetType: targetType ?? null,
        targetId: targetId ?? null,
        before: before ?? null,
        after: after ?? null,
        traceId: traceId() ?? null,
      },
      manager,
    );
  }

  /** A page of the log, newest first. */
  async list(filter: AuditFilter): Promise<{ rows: readonly AuditRow[]; nextCursor?: string }> {
    const { cursor, limit, ...criteria } = filter;
    const before = cursor === undefined ? undefined : decodeCursor(cursor, 'number');
    const period = periodOf(filter, this.clock.now());
    const rows = await this.entries.list({ ...criteria, ...period, before, limit: limit + 1 });
    return cutPage(rows, limit, ({ at, id }): Cursor => ({ at, id }));
  }
}
