import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, Not, type Repository } from 'typeorm';
import { UserEntity } from './user.entity.js';

/** What a new account is created with; the database fills in the rest. */
export type NewUser = Pick<UserEntity, 'username' | 'passwordHash' | 'role' | 'scope'>;

/** The accounts in the database. A `manager` is that of the transaction that a statement belongs to. */
@Injectable()
export class UserRepository {
  constructor(@InjectRepository(UserEntity) private readonly users: Repository<UserEntity>) {}

  /** SQL expression for the name of an account, for statements of other repositories. @param id SQL */
  static nameOf(id: string): string {
    return `(SELECT username FROM users WHERE id = ${id})`;
  }

  /** Oldest first. */
  async list(): Promise<UserEntity[]> {
    return this.users.find({ order: { createdAt: 'ASC' } });
  }

  async find(id: string, manager = this.users.manager): Promise<UserEntity | null> {
    return manager.withRepository(this.users).findOneBy({ id });
  }

  /** Ignores case. */
  async findByName(username: string, manager = this.users.manager): Promise<UserEntity | null> {
    return manager
      .withRepository(this.users)
      .createQueryBuilder('user')
      .where('lower(user.username) = lower(:username)', { username })
      .getOne();
  }

  async any(manager = this.users.manager): Promise<boolean> {
    return manager.withRepository(this.users).exists();
  }

  async insert(user: NewUser, manager: EntityManager): Promise<UserEntity> {
    const users = manager.withRepository(this.users);
    return users.save(users.create({ ...user, lastLoginAt: null, disabledAt: null }));
  }

  async save(user: UserEntity, manager: EntityManager): Promise<void> {
    await manager.withRepository(this.users).save(user);
  }

  /** Admins who can log in, without one. */
  async countOtherAdmins(id: string, manager: EntityManager): Promise<number> {
    return manager.withRepository(this.users).countBy({ id: Not(id), role: 'admin', disabledAt: IsNull() });
  }

  async remove(id: string, manager: EntityManager): Promise<void> {
    await manager.withRepository(this.users).delete({ id });
  }

  async noteLogin(id: string, at: Date): Promise<void> {
    await this.users.update({ id }, { lastLoginAt: at });
  }

  /** Other transactions that lock the same account wait until this one ends. */
  async lock(id: string, manager: EntityManager): Promise<void> {
    const lock = { mode: 'for_no_key_update' } as const;
    await manager.withRepository(this.users).findOne({ select: { id: true }, where: { id }, lock });
  }
}
