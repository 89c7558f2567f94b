import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '#config';
import { FOREIGN_KEY_VIOLATION, lockUntilCommit, sqlStateOf, USERS_LOCK } from '#database';
import { BadRequestError, ConflictError, ForbiddenError, NotFoundError } from '#http';
import { type Caller, type Role, type Scope } from '../access/principal.js';
import { actorOf, type AuditEntry, AuditService } from '../audit/audit.service.js';
import { hashPassword, unmetPasswordRules } from './passwords.js';
import type { UserEntity } from './user.entity.js';
import { UserRepository } from './user.repository.js';

/** The error where registration is closed. */
export function registrationClosed(): ForbiddenError {
  return new ForbiddenError('registration_closed', 'registration is closed; ask an admin for an account');
}

/** Changes of an account. */
export interface AccountChange {
  readonly role?: Role;
  readonly scope?: Scope;
  /** A disabled account cannot log in, and its logins end. */
  readonly disabled?: boolean;
}

/** The accounts; every change is written to the audit log in the same transaction. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UserRepository,
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async list(): Promise<UserEntity[]> {
    return this.users.list();
  }

  async find(id: string): Promise<UserEntity | null> {
    return this.users.find(id);
  }

  async findByName(username: string): Promise<UserEntity | null> {
    return this.users.findByName(username);
  }

  async any(): Promise<boolean> {
    return this.users.any();
  }

  /**
   * Creates an account. The first one becomes `admin` regardless of `role`; of two created at once only one is the first.
   *
   * @throws BadRequestError listing every password rule that is not met
   * @throws ConflictError when the name is taken
   * @throws ForbiddenError when there is an account already and only the first may be made
   */
  async create(
    input: { username: string; password: string; role: Role; scope?: Scope; onlyFirst?: boolean },
    by: Pick<Caller, 'ip'> & Partial<Caller>,
  ): Promise<UserEntity> {
    const passwordHash = await hashOf(input.password, 'password');
    return this.exclusively(async (manager) => {
      const first = !(await this.users.any(manager));
      if (input.onlyFirst === true && !first) throw registrationClosed();
      const { username } = input;
      if ((await this.users.findByName(username, manager)) !== null)
        throw new ConflictError('username_taken', `the name ${username} is taken; choose another one`);
      const role = first ? 'admin' : input.role;
      const scope = input.scope ?? (input.role === 'viewer' ? 'all' : 'own');
      const user = await this.users.insert({ username, passwordHash, role, scope }, manager);
      await this.audit.record(
        {
          actorId: by.id ?? user.id,
          actor: by.username ?? user.username,
          ip: by.ip,
          action: 'user.create',
          outcome: 'success',
          targetType: 'user',
          targetId: user.id,
          after: { username: user.username, role: user.role, scope: user.scope },
        },
        manager,
      );
      return user;
    });
  }

  /**
   * Changes the password of an account and ends its logins within seconds: a token is valid only with the password that it was
   * issued under.
   *
   * @param field of the request that holds it
   * @throws BadRequestError listing every password rule that is not met
   */
  async changePassword(id: string, password: string, field: string, by: Caller): Promise<UserEntity> {
    const passwordHash = await hashOf(password, field);
    return this.dataSource.transaction(async (manager) => {
      const user = await this.require(manager, id);
      user.passwordHash = passwordHash;
      await this.users.save(user, manager);
      await this.audit.record(
        {
          ...actorOf(by),
          action: 'user.change_password',
          outcome: 'success',
          targetType: 'user',
          targetId: id,
        },
        manager,
      );
      return user;
    });
  }

  /**
   * Changes the given fields only. Each change is an entry of the audit log.
   *
   * @throws ConflictError when no admin would be left who can log in
   */
  async change(id: string, { role, scope, disabled }: AccountChange, by: Caller): Promise<UserEntity> {
    return this.exclusively(async (manager) => {
      const user = await this.require(manager, id);
      const losesAdmin = (role ?? 'admin') !== 'admin' || disabled === true;
      if (user.role === 'admin' && losesAdmin) await this.requireAnotherAdmin(user, manager);
      const changes: Pick<AuditEntry, 'action' | 'before' | 'after'>[] = [];
      if (role !== undefined && role !== user.role)
        changes.push({ action: 'user.change_role', before: { role: user.role }, after: { role } });
      if (scope !== undefined && scope !== user.scope)
        changes.push({ action: 'user.change_scope', before: { scope: user.scope }, after: { scope } });
      if (disabled !== undefined && disabled !== (user.disabledAt !== null))
        changes.push({ action: disabled ? 'user.disable' : 'user.enable' });
      user.role = role ?? user.role;
      user.scope = scope ?? user.scope;
      if (disabled !== undefined) {
        const now = this.clock.now();
        // Its logins stay ended when it is enabled again. Tokens state when they were issued in whole seconds.
        if (disabled) user.loginsEndedAt = new Date(now - (now % 1000));
        user.disabledAt = disabled ? (user.disabledAt ?? new Date(now)) : null;
      }
      await this.users.save(user, manager);
      for (const change of changes) {
        const entry = { ...actorOf(by), outcome: 'success', targetType: 'user', targetId: id, ...change } as const;
        await this.audit.record(entry, manager);
      }
      return user;
    });
  }

  /** @throws ConflictError when it is the last admin or still owns clusters */
  async remove(id: string, by: Caller): Promise<void> {
    await this.exclusively(async (manager) => {
      const user = await this.require(manager, id);
      if (user.role === 'admin') await this.requireAnotherAdmin(user, manager);
      await this.users.remove(id, manager).catch((error: unknown) => {
        if (sqlStateOf(error) !== FOREIGN_KEY_VIOLATION) throw error;
        throw new ConflictError(
          'user_owns_clusters',
          `${user.username} owns connections, clusters, or their history; disable the account instead`,
        );
      });
      await this.audit.record(
        {
          ...actorOf(by),
          action: 'user.delete',
          outcome: 'success',
          targetType: 'user',
          targetId: id,
          before: { username: user.username, role: user.role },
        },
        manager,
      );
    });
  }

  async noteLogin(id: string, at: Date): Promise<void> {
    await this.users.noteLogin(id, at);
  }

  private async require(manager: EntityManager, id: string): Promise<UserEntity> {
    const user = await this.users.find(id, manager);
    if (user === null) throw new NotFoundError('user_not_found', 'user not found');
    return user;
  }

  private async requireAnotherAdmin({ id }: UserEntity, manager: EntityManager): Promise<void> {
    if ((await this.users.countOtherAdmins(id, manager)) === 0) {
      throw new ConflictError('last_admin', 'this is the last active admin; make another user an admin first');
    }
  }

  private async exclusively<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await lockUntilCommit(USERS_LOCK, manager);
      return work(manager);
    });
  }
}

/** @throws BadRequestError listing every password rule that is not met */
async function hashOf(password: string, field: string): Promise<string> {
  const unmet = unmetPasswordRules(password);
  if (unmet.length === 0) return hashPassword(password);
  const details = unmet.map((error) => ({ field, error }));
  throw new BadRequestError('weak_password', unmet.join('; '), details);
}
