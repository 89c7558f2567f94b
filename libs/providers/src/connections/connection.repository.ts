import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Cursor } from '#http';
import { ConnectionEntity } from './connection.entity.js';
import type { Connection } from './connection.js';

interface ConnectionRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly owner_id: string;
  readonly shared: boolean;
  readonly version: number;
  readonly secrets: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
}

const TIME = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const COLUMNS = `id, name, type, spec, owner_id, shared, version,
  ARRAY(SELECT s.name FROM connection_secrets s WHERE s.connection_id = connections.id ORDER BY 1) AS secrets,
  to_char(created_at AT TIME ZONE 'UTC', ${TIME}) AS created_at, to_char(updated_at AT TIME ZONE 'UTC', ${TIME}) AS updated_at`;

export interface ConnectionFilter {
  /** Those that this user owns, and shared ones; `null`: all. */
  readonly usableBy: string | null;
  readonly type?: string | undefined;
  readonly after?: Cursor | undefined;
  readonly limit: number;
}

export type NewConnection = Pick<Connection, 'id' | 'name' | 'type' | 'spec' | 'ownerId'>;

/** The connections in the database. A `manager` is that of the transaction that a statement belongs to. */
@Injectable()
export class ConnectionRepository {
  constructor(@InjectRepository(ConnectionEntity) private readonly connections: Repository<ConnectionEntity>) {}

  /** Another text whenever anything of any connection has changed, whichever transaction was committed first. */
  async fingerprint(): Promise<string> {
    const [row] = await this.connections.query<[{ fingerprint: string }]>(
      `SELECT coalesce(md5(string_agg(id::text || extract(epoch FROM updated_at)::text, ',' ORDER BY id)), '') AS fingerprint FROM connections`,
    );
    return row.fingerprint;
  }

  async all(): Promise<Connection[]> {
    return (await this.connections.query<ConnectionRow[]>(`SELECT ${COLUMNS} FROM connections`)).map(toConnection);
  }

  /** A page, oldest first. */
  async list({ usableBy, type, after, limit }: ConnectionFilter): Promise<Connection[]> {
    const rows = await this.connections.query<ConnectionRow[]>(
      `SELECT ${COLUMNS} FROM connections
        WHERE ($1::uuid IS NULL OR owner_id = $1 OR shared) AND ($2::text IS NULL OR type = $2)
          AND ($3::timestamptz IS NULL OR (connections.created_at, id) > ($3, $4::uuid))
        ORDER BY connections.created_at, id LIMIT $5`,
      [usableBy, type ?? null, after?.at ?? null, after?.id ?? null, limit],
    );
    return rows.map(toConnection);
  }

  async find(name: string): Promise<Connection | null> {
    const [row] = await this.connections.query<ConnectionRow[]>(`SELECT ${COLUMNS} FROM connections WHERE name = $1`, [
      name,
    ]);
    return row === undefined ? null : toConnection(row);
  }

  /** Like `find`, with a lock: until the transaction ends, no other one changes it and no cluster begins to use it. */
  async lock(name: string, manager: EntityManager): Promise<Connection | null> {
    const [row] = await manager.query<ConnectionRow[]>(
      `SELECT ${COLUMNS} FROM connections WHERE name = $1 FOR UPDATE`,
      [name],
    );
    return row === undefined ? null : toConnection(row);
  }

  /** Those of these names, which stay as they are until the transaction ends. */
  async hold(names: readonly string[], manager: EntityManager): Promise<Connection[]> {
    const rows = await manager.query<ConnectionRow[]>(
      `SELECT ${COLUMNS} FROM connections WHERE name = ANY ($1::text[]) ORDER BY name FOR SHARE`,
      [names],
    );
    return rows.map(toConnection);
  }

  async countOwnedBy(ownerId: string, manager: EntityManager): Promise<number> {
    return manager.withRepository(this.connections).countBy({ ownerId });
  }

  /** @throws QueryFailedError with UNIQUE_VIOLATION where there is one of the name */
  async insert(connection: NewConnection, manager: EntityManager): Promise<void> {
    const { spec, ...rest } = connection;
    await manager.withRepository(this.connections).insert({ ...rest, spec: { ...spec } as never });
  }

  async update(
    id: string,
    { spec, ...rest }: Partial<Pick<Connection, 'spec' | 'shared' | 'version'>>,
    manager: EntityManager,
  ): Promise<void> {
    const updatedAt = (): string => 'clock_timestamp()';
    await manager
      .withRepository(this.connections)
      .update({ id }, { ...rest, ...(spec === undefined ? {} : { spec: { ...spec } as never }), updatedAt });
  }

  /** With its secrets. */
  async remove(id: string, manager: EntityManager): Promise<void> {
    await manager.withRepository(this.connections).delete({ id });
  }
}

function toConnection(row: ConnectionRow): Connection {
  const { owner_id: ownerId, created_at: createdAt, updated_at: updatedAt, ...rest } = row;
  return { ...rest, ownerId, createdAt, updatedAt };
}
