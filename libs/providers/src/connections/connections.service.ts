import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  actorOf,
  type AuditAction,
  AuditService,
  type Caller,
  onlyOwner,
  type Principal,
  reaches,
  UserRepository,
} from '#auth';
import { sqlStateOf, UNIQUE_VIOLATION } from '#database';
import {
  ConflictError,
  cutPage,
  decodeCursor,
  type ErrorDetail,
  ForbiddenError,
  NotFoundError,
  validationFailed,
} from '#http';
import { ConnectionDirectory } from './connection-directory.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { type ConnectionUse, ConnectionUses } from './connection-uses.js';
import {
  type ConnectionListQuery,
  connectionToDto,
  type CreateConnectionDto,
  type UpdateConnectionDto,
} from './connection.dto.js';
import { type Connection, mayUse } from './connection.js';
import { ConnectionRepository } from './connection.repository.js';
import { ConnectionRules } from './connection.rules.js';
import { cut } from '../http/cut.js';

/** Of each user; every instance holds all connections in memory. */
const MOST_OWNED = 100;
/** Clusters that an error names. */
const MOST_NAMED = 10;

type Given = Readonly<Record<string, unknown>>;

/** Stored connections; every change is audited in its transaction, without a secret. */
@Injectable()
export class ConnectionsService {
  constructor(
    private readonly connections: ConnectionRepository,
    private readonly secrets: ConnectionSecrets,
    private readonly directory: ConnectionDirectory,
    private readonly rules: ConnectionRules,
    private readonly uses: ConnectionUses,
    private readonly users: UserRepository,
    private readonly audit: AuditService,
    private readonly dataSource: DataSource,
  ) {}

  async list(
    principal: Principal,
    query: ConnectionListQuery,
  ): Promise<{ rows: readonly Connection[]; nextCursor?: string }> {
    const rows = await this.connections.list({
      usableBy: onlyOwner(principal),
      type: query.type,
      after: query.cursor === undefined ? undefined : decodeCursor(query.cursor, 'uuid'),
      limit: query.limit + 1,
    });
    return cutPage(rows, query.limit, ({ createdAt, id }) => ({ at: createdAt, id }));
  }

  /** @throws NotFoundError also for one that the user may not use */
  async get(principal: Principal, name: string): Promise<Connection> {
    return visible(principal, name, await this.connections.find(name));
  }

  /** @throws ConflictError where the name is taken, the user owns too many, or there is no key for secrets */
  async create(caller: Caller, dto: CreateConnectionDto): Promise<Connection> {
    const { name, type } = dto;
    const faults: ErrorDetail[] = [];
    const given = { spec: dto.spec ?? {}, secrets: dto.secrets ?? {} };
    const { spec, secrets } = this.rules.read(type, given, faults);
    if (faults.length > 0) throw validationFailed(faults);
    this.refuseAmbient(caller, { type, spec });
    return this.changing(async (manager) => {
      await this.users.lock(caller.id, manager);
      if ((await this.connections.countOwnedBy(caller.id, manager)) >= MOST_OWNED)
        throw new ConflictError(
          'too_many_connections',
          `an account owns at most ${MOST_OWNED} connections; delete one that is not used`,
        );
      const id = randomUUID();
      await this.connections.insert({ id, name, type, spec, ownerId: caller.id }, manager).catch((error: unknown) => {
        if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error;
        throw new ConflictError('name_taken', `a connection called ${name} exists already; choose another name`);
      });
      await this.secrets.put(id, secrets, manager);
      return this.recorded('connection.create', caller, null, name, manager);
    });
  }

  /** Changes the given fields only. @throws ConflictError where it has changed, or clusters of others use it and it is shared no more */
  async update(caller: Caller, name: string, dto: UpdateConnectionDto): Promise<Connection> {
    return this.changing(async (manager) => {
      const before = await this.lock(caller, name, manager);
      if (dto.version !== undefined && dto.version !== before.version)
        throw new ConflictError(
          'changed_meanwhile',
          `the connection has version ${before.version} by now; reload it and try again`,
        );
      const { spec, secrets } = this.readChange(before, dto);
      if (spec !== null) this.refuseAmbient(caller, { type: before.type, spec });
      const isShared = dto.shared ?? before.shared;
      if (isShared !== before.shared) await this.share(caller, before, isShared, manager);
      if (secrets !== null) {
        await this.secrets.removeAll(before.id, manager);
        await this.secrets.put(before.id, secrets, manager);
      }
      const isNew = spec !== null || secrets !== null;
      await this.connections.update(
        before.id,
        { shared: isShared, version: before.version + (isNew ? 1 : 0), ...(spec === null ? {} : { spec }) },
        manager,
      );
      return this.recorded('connection.update', caller, before, name, manager);
    });
  }

  /** Replaces secrets; those that are not named stay. */
  async rotate(caller: Caller, name: string, given: Given): Promise<Connection> {
    return this.changing(async (manager) => {
      const before = await this.lock(caller, name, manager);
      const faults: ErrorDetail[] = [];
      const secrets = this.rules.readSecrets(before.type, given, faults);
      if (faults.length === 0 && secrets.size === 0)
        faults.push({ field: 'secrets', error: 'secrets must name at least one secret' });
      if (faults.length > 0) throw validationFailed(faults);
      await this.secrets.put(before.id, secrets, manager);
      await this.connections.update(before.id, { version: before.version + 1 }, manager);
      return this.recorded('connection.rotate', caller, before, name, manager);
    });
  }

  /** @throws ConflictError naming the clusters that use it */
  async remove(caller: Caller, name: string): Promise<void> {
    await this.changing(async (manager) => {
      const before = await this.lock(caller, name, manager);
      const uses = await this.uses.of(name, manager);
      if (uses.length > 0)
        throw new ConflictError(
          'connection_in_use',
          `the connection ${name} is used by ${listed(caller, uses)}; change or delete them first`,
        );
      await this.connections.remove(before.id, manager);
      await this.record('connection.delete', caller, before, null, manager);
    });
  }

  private readChange(
    before: Connection,
    dto: UpdateConnectionDto,
  ): { readonly spec: Connection['spec'] | null; readonly secrets: ReadonlyMap<string, string> | null } {
    const faults: ErrorDetail[] = [];
    const given = this.rules.accept(before.type, { spec: dto.spec ?? {}, secrets: dto.secrets ?? {} }, faults);
    if (faults.length > 0) throw validationFailed(faults);
    const spec = dto.spec === undefined ? null : this.rules.readSpec(before.type, given.spec, faults);
    // A pasted file may bring secrets, too.
    const hasSecrets = dto.secrets !== undefined || Object.keys(given.secrets).length > 0;
    const secrets = hasSecrets ? this.rules.readSecrets(before.type, given.secrets, faults) : null;
    // Who can change a connection need not know its secrets, and must not be able to send them elsewhere.
    const isElsewhere =
      spec !== null && this.rules.addressOf({ type: before.type, spec }) !== this.rules.addressOf(before);
    if (faults.length === 0 && isElsewhere && secrets === null && before.secrets.length > 0)
      faults.push({ field: 'secrets', error: 'secrets must be given again where the address changes' });
    if (faults.length > 0) throw validationFailed(faults);
    return { spec, secrets };
  }

  /** @throws ForbiddenError where a user who is no admin would act with the identity of the service itself */
  private refuseAmbient(caller: Caller, connection: Pick<Connection, 'type' | 'spec'>): void {
    if (caller.role === 'admin' || !this.rules.isAmbient(connection)) return;
    throw new ForbiddenError(
      'admins_only',
      'only admins store connections that use the identity of the service itself; give credentials of your own',
    );
  }

  private async share(
    caller: Caller,
    { name, ownerId }: Connection,
    shared: boolean,
    manager: EntityManager,
  ): Promise<void> {
    if (caller.role !== 'admin')
      throw new ForbiddenError('admins_share', 'only admins share connections; ask one to change it');
    if (shared) return;
    const foreign = (await this.uses.of(name, manager)).filter((use) => use.ownerId !== ownerId);
    if (foreign.length > 0)
      throw new ConflictError(
        'connection_in_use',
        `the connection ${name} is used by ${listed(caller, foreign)} of other owners; change or delete them first`,
      );
  }

  /** @throws NotFoundError like `get`; ForbiddenError where it is only shared with the caller */
  private async lock(caller: Caller, name: string, manager: EntityManager): Promise<Connection> {
    const connection = visible(caller, name, await this.connections.lock(name, manager));
    if (!reaches(caller, connection.ownerId))
      throw new ForbiddenError('not_owner', `only its owner and admins change the connection ${name}`);
    return connection;
  }

  private async changing<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.dataSource.transaction(work);
    // Not the next wake of the loop: a cluster that names it may be created at once.
    await this.directory.refresh();
    return result;
  }

  private async recorded(
    action: AuditAction,
    caller: Caller,
    before: Connection | null,
    name: string,
    manager: EntityManager,
  ): Promise<Connection> {
    const after = visible(caller, name, await this.connections.lock(name, manager));
    await this.record(action, caller, before, after, manager);
    return after;
  }

  private async record(
    action: AuditAction,
    caller: Caller,
    before: Connection | null,
    after: Connection | null,
    manager: EntityManager,
  ): Promise<void> {
    const targetId = (after ?? before)?.id;
    await this.audit.record(
      {
        ...actorOf(caller),
        action,
        outcome: 'success',
        targetType: 'connection',
        ...(targetId === undefined ? {} : { targetId }),
        ...(before === null ? {} : { before: connectionToDto(before) }),
        ...(after === null ? {} : { after: connectionToDto(after) }),
      },
      manager,
    );
  }
}

/** The same error for one that the user may not use as for a missing one. */
function visible(principal: Principal, name: string, connection: Connection | null): Connection {
  if (connection !== null && (mayUse(connection, principal.id) || reaches(principal, connection.ownerId)))
    return connection;
  throw new NotFoundError('connection_not_found', `there is no connection ${cut(name, 63)} that you may use`);
}

/** The clusters that the caller may see by name, the others by their number. */
function listed(caller: Caller, uses: readonly ConnectionUse[]): string {
  const seen = uses.filter(({ ownerId }) => reaches(caller, ownerId)).map(({ name }) => name);
  const named = seen.slice(0, MOST_NAMED);
  const others = uses.length - named.length;
  const words = `${uses.length === 1 ? 'the cluster' : 'the clusters'} ${named.join(', ')}`;
  if (named.length === 0) return others === 1 ? 'one cluster' : `${others} clusters`;
  return others === 0 ? words : `${words} and ${others} more`;
}
