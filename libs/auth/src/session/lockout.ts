import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig, Clock, durationWords } from '#config';
import { addressBlock, TooManyRequestsError } from '#http';
import { AuditService } from '../audit/audit.service.js';
import { LoginFailureRepository, type LoginStanding } from './login-failure.repository.js';
import { LoginMetrics } from './login.metrics.js';

/** A login attempt, and the state of account and address if it fails. */
export interface Attempt {
  readonly username: string;
  readonly ip: string;
  readonly account: LoginStanding;
  readonly address: LoginStanding;
}

/**
 * Locks an account, and an address, after repeated failed logins, for twice as long each further time. It is kept in the database: a
 * restart keeps it, and all instances share it. Names without an account are locked like any other, so that a lock does not reveal
 * which names exist.
 */
@Injectable()
export class Lockout {
  private readonly logger = new Logger(Lockout.name);

  constructor(
    private readonly failures: LoginFailureRepository,
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
    private readonly metrics: LoginMetrics,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /**
   * Counts an attempt as failed before its password is checked, so that concurrent attempts allow no more guesses than
   * sequential ones; `succeeded` reverts that. Attempts during a lock do not count; otherwise a client that keeps
   * trying would stay locked forever.
   *
   * @throws TooManyRequestsError while the account or the address is locked
   */
  async begin(username: string, ip: string): Promise<Attempt> {
    const subjects = { account: username.toLowerCase(), address: addressBlock(ip) };
    const { accountFailures, addressFailures, ...rule } = this.config.api.lockout;
    const now = this.clock.now();
    return this.dataSource.transaction(async (manager) => {
      await this.refuseLocked(subjects, now, manager);
      const account = await this.failures.count(
        'account',
        subjects.account,
        { ...rule, most: accountFailures },
        now,
        manager,
      );
      const address = await this.failures.count(
        'address',
        subjects.address,
        { ...rule, most: addressFailures },
        now,
        manager,
      );
      if (account !== undefined && address !== undefined) return { username, ip, account, address };
      // Another attempt locked it meanwhile.
      await this.refuseLocked(subjects, now, manager);
      throw new Error('a lock that kept an attempt from being counted is gone');
    });
  }

  /** Logs the locks that the failure caused. */
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
    await this.failures.forget(new Date(this.clock.now() - this.config.api.lockout.forgetAfter));
  }

  /** The attempt succeeded: resets the account, and restores the address. */
  async succeeded({ account, address }: Attempt): Promise<void> {
    await this.failures.removeAccount(account.subject);
    await this.failures.takeBack(address);
  }

  /** @throws TooManyRequestsError while one of the two is locked */
  private async refuseLocked(
    { account, address }: Record<LoginStanding['kind'], string>,
    now: number,
    manager: EntityManager,
  ): Promise<void> {
    const locks = await this.failures.locks(account, address, new Date(now), manager);
    if (locks.length > 0) throw this.refuse(Math.max(...locks.map((until) => until.getTime())) - now);
  }

  private refuse(forMs: number): TooManyRequestsError {
    this.metrics.refused();
    const seconds = Math.max(1, Math.ceil(forMs / 1000));
    const wait = durationWords(seconds * 1000);
    return new TooManyRequestsError('login_locked', `too many failed logins; try again in ${wait}`, seconds);
  }
}
