import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { addressBlock, TooManyRequestsError } from '#http';
import { AuditService } from '../audit/audit.service.js';
import { LoginMetrics } from './login.metrics.js';

type Kind = 'account' | 'address';

/** What a lock is about and how long it lasts; `lockedUntil` is `null` while there is none. */
interface Standing {
  readonly kind: Kind;
  readonly subject: string;
  readonly failures: number;
  readonly lockedUntil: Date | null;
}

/** An attempt to log in that is under way, and where account and address stand should it fail. */
export interface Attempt {
  readonly username: string;
  readonly ip: string;
  readonly account: Standing;
  readonly address: Standing;
}

/**
 * Locks an account, and an address, after repeated failed logins, for twice as long each further time. It is kept in the database: a
 * restart does not forget it, and all instances know it. Names without an account are locked like any other, so that a lock tells nobody
 * which names there are.
 */
@Injectable()
export class Lockout {
  private readonly logger = new Logger(Lockout.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
    private readonly metrics: LoginMetrics,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /**
   * Counts an attempt as failed before its password is looked at, so that many at once are no more guesses than one after the other;
   * `succeeded` takes that back. Attempts during a lock do not count, or whoever keeps trying would never get in again.
   *
   * @throws TooManyRequestsError while the account or the address is locked
   */
  async begin(username: string, ip: string): Promise<Attempt> {
    const subjects = { account: username.toLowerCase(), address: addressBlock(ip) };
    const { accountFailures, addressFailures } = this.config.api.lockout;
    const now = this.clock.now();
    return this.dataSource.transaction(async (manager) => {
      await this.refuseLocked(subjects, now, manager);
      const account = await this.count('account', subjects.account, accountFailures, now, manager);
      const address = await this.count('address', subjects.address, addressFailures, now, manager);
      if (account !== undefined && address !== undefined) return { username, ip, account, address };
      // Another attempt locked it meanwhile.
      await this.refuseLocked(subjects, now, manager);
      throw new Error('a lock that kept an attempt from being counted is gone');
    });
  }

  /** Tells of the locks that the failure brought. */
  async failed({ username, ip, account, address }: Attempt): Promise<void> {
    this.metrics.failed();
    for (const { kind, subject, failures, lockedUntil } of [account, address]) {
      if (lockedUntil === null) continue;
      const until = lockedUntil.toISOString();
      this.metrics.locked(kind);
      this.logger.warn(`${kind} ${subject} is locked until ${until} after ${failures} failed logins`);
      await this.audit.record({
        actor: username,
        ip,
        action: 'auth.lockout',
        outcome: 'failure',
        targetType: kind,
        targetId: subject,
        after: { failures, locked_until: until },
      });
    }
    await this.forget();
  }

  /** The attempt was no failure: the account starts afresh, the address stands where it stood before. */
  async succeeded({ account, address }: Attempt): Promise<void> {
    await this.dataSource.query(`DELETE FROM login_failures WHERE kind = 'account' AND subject = $1`, [
      account.subject,
    ]);
    await this.dataSource.query(
      `UPDATE login_failures SET failures = failures - 1, locked_until = nullif(locked_until, $2)
        WHERE kind = 'address' AND subject = $1 AND failures > 0`,
      [address.subject, address.lockedUntil],
    );
  }

  /** @throws TooManyRequestsError while one of the two is locked */
  private async refuseLocked(
    { account, address }: Record<Kind, string>,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    const locks = await manager.query<{ locked_until: Date }[]>(
      `SELECT locked_until FROM login_failures
        WHERE ((kind = 'account' AND subject = $1) OR (kind = 'address' AND subject = $2)) AND locked_until > $3`,
      [account, address, new Date(now)],
    );
    if (locks.length > 0) throw this.refuse(Math.max(...locks.map((lock) => lock.locked_until.getTime())) - now);
  }

  /**
   * @param most failures after which there is a lock; each further one doubles it
   * @returns `undefined` when it is locked, and nothing was counted
   */
  private async count(
    kind: Kind,
    subject: string,
    most: number,
    now: number,
    manager: EntityManager,
  ): Promise<Standing | undefined> {
    const { first, longest, forgetAfter } = this.config.api.lockout;
    const [row] = await manager.query<{ failures: number; locked_until: Date | null }[]>(
      `INSERT INTO login_failures AS f (kind, subject, failures, last_at, locked_until)
       VALUES ($1, $2, 1, $3, CASE WHEN $4::int = 1 THEN $3::timestamptz + $5::float8 * INTERVAL '1 millisecond' END)
       ON CONFLICT (kind, subject) DO UPDATE SET
         failures = CASE WHEN f.last_at < $7 THEN 1 ELSE f.failures + 1 END,
         last_at = $3,
         locked_until = CASE WHEN f.last_at >= $7 AND f.failures + 1 >= $4::int
           THEN $3::timestamptz + least($6::float8, $5::float8 * power(2, least(f.failures + 1 - $4::int, 40))) * INTERVAL '1 millisecond'
           END
         WHERE f.locked_until IS NULL OR f.locked_until <= $3
       RETURNING failures, locked_until`,
      [kind, subject, new Date(now), most, first, longest, new Date(now - forgetAfter)],
    );
    return row === undefined ? undefined : { kind, subject, failures: row.failures, lockedUntil: row.locked_until };
  }

  private async forget(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM login_failures WHERE (kind, subject) IN
         (SELECT kind, subject FROM login_failures WHERE last_at < $1 LIMIT 100 FOR UPDATE SKIP LOCKED)`,
      [new Date(this.clock.now() - this.config.api.lockout.forgetAfter)],
    );
  }

  private refuse(forMs: number): TooManyRequestsError {
    this.metrics.refused();
    const seconds = Math.max(1, Math.ceil(forMs / 1000));
    return new TooManyRequestsError('login_locked', `too many failed logins; try again in ${seconds} s`, seconds);
  }
}
