import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, type Repository } from 'typeorm';
import { LoginFailureEntity } from './login-failure.entity.js';

/** Failures of an account or an address; `lockedUntil` is `null` while it is not locked. */
export type LoginStanding = Pick<LoginFailureEntity, 'kind' | 'subject' | 'failures' | 'lockedUntil'>;

/** When failures lock, for how long, and how long they are remembered; times in milliseconds. */
export interface LockRule {
  /** Failures after which there is a lock; each further one doubles it. */
  readonly most: number;
  readonly first: number;
  readonly longest: number;
  readonly forgetAfter: number;
}

// One statement counts and locks, so that attempts at the same time are counted one after the other.
const COUNT = `INSERT INTO login_failures AS f (kind, subject, failures, last_at, locked_until)
  VALUES ($1, $2, 1, $3, CASE WHEN $4::int = 1 THEN $3::timestamptz + $5::float8 * INTERVAL '1 millisecond' END)
  ON CONFLICT (kind, subject) DO UPDATE SET
    failures = CASE WHEN f.last_at < $7 THEN 1 ELSE f.failures + 1 END,
    last_at = $3,
    locked_until = CASE WHEN f.last_at >= $7 AND f.failures + 1 >= $4::int
      THEN $3::timestamptz + least($6::float8, $5::float8 * power(2, least(f.failures + 1 - $4::int, 40))) * INTERVAL '1 millisecond'
      END
    WHERE f.locked_until IS NULL OR f.locked_until <= $3
  RETURNING failures, locked_until AS "lockedUntil"`;

/** Failed logins in the database, so that a restart keeps them and all instances share them. */
@Injectable()
export class LoginFailureRepository {
  constructor(@InjectRepository(LoginFailureEntity) private readonly failures: Repository<LoginFailureEntity>) {}

  /** Locks that hold at a time, of an account and an address. */
  async locks(account: string, address: string, at: Date, manager: EntityManager): Promise<Date[]> {
    const lockedUntil = MoreThan(at);
    const locked = await manager.withRepository(this.failures).findBy([
      { kind: 'account', subject: account, lockedUntil },
      { kind: 'address', subject: address, lockedUntil },
    ]);
    return locked.flatMap(({ lockedUntil: until }) => until ?? []);
  }

  /** @returns `undefined` when it is locked, and nothing was counted */
  async count(
    kind: LoginFailureEntity['kind'],
    subject: string,
    { most, first, longest, forgetAfter }: LockRule,
    now: number,
    manager: EntityManager,
  ): Promise<LoginStanding | undefined> {
    const [row] = await manager.query<Pick<LoginStanding, 'failures' | 'lockedUntil'>[]>(COUNT, [
      kind,
      subject,
      new Date(now),
      most,
      first,
      longest,
      new Date(now - forgetAfter),
    ]);
    return row === undefined ? undefined : { kind, subject, ...row };
  }

  async removeAccount(subject: string): Promise<void> {
    await this.failures.delete({ kind: 'account', subject });
  }

  /** Undoes one failure of an address, and the lock that it caused. */
  async takeBack({ subject, lockedUntil }: Pick<LoginStanding, 'subject' | 'lockedUntil'>): Promise<void> {
    await this.failures
      .createQueryBuilder()
      .update()
      .set({ failures: () => 'failures - 1', lockedUntil: () => 'nullif(locked_until, :lockedUntil)' })
      .where(`kind = 'address' AND subject = :subject AND failures > 0`, { subject, lockedUntil })
      .execute();
  }

  /** Removes some of those whose last failure is older, and none that another transaction holds. */
  async forget(before: Date): Promise<void> {
    await this.failures.query(
      `DELETE FROM login_failures WHERE (kind, subject) IN
         (SELECT kind, subject FROM login_failures WHERE last_at < $1 LIMIT 100 FOR UPDATE SKIP LOCKED)`,
      [before],
    );
  }
}
