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
  readonly before: object | null;
  readonly after: object | null;
  readonly trace_id: string | null;
}

/** A filter of entries; absent fields restrict nothing. */
export interface AuditSelection {
  readonly action: string | undefined;
  readonly actor: string | undefined;
  readonly from: string | null;
  readonly to: string | null;
  readonly before: Cursor | undefined;
  readonly limit: number;
}

/** The audit log in the database. */
@Injectable()
export class AuditEntryRepository {
  constructor(@InjectRepository(AuditEntryEntity) private readonly entries: Repository<AuditEntryEntity>) {}

  /** @param manager of the transaction that makes the change, so that change and entry are committed together */
  async insert(entry: Omit<AuditEntryEntity, 'id' | 'at'>, manager = this.entries.manager): Promise<void> {
    await manager.withRepository(this.entries).insert(entry);
  }

  /** Newest first. Cursors have microseconds, so that pages neither overlap nor leave gaps. */
  async list({ action, actor, from, to, before, limit }: AuditSelection): Promise<AuditRow[]> {
    return this.entries.query(
      `SELECT id::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor_id, actor, ip, action, outcome,
              target_type, target_id, before, after, trace_id
         FROM audit_log
        WHERE ($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR actor = $2)
          AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4)
          AND ($5::timestamptz IS NULL OR (at, id) < ($5, $6::bigint))
        ORDER BY at DESC, id DESC LIMIT $7`,
      [action ?? null, actor ?? null, from, to, before?.at ?? null, before?.id ?? null, limit],
    );
  }
}
