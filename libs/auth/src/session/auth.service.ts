import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { BadRequestError, ForbiddenError, UnauthorizedError } from '#http';
import type { Caller, Session } from '../access/principal.js';
import type { AuditAction } from '../audit/audit-actions.js';
import { actorOf, AuditService } from '../audit/audit.service.js';
import { verifyPassword } from '../users/passwords.js';
import type { ChangePasswordDto, CredentialsDto } from '../users/users.dto.js';
import type { UserEntity } from '../users/user.entity.js';
import { registrationClosed, UsersService } from '../users/users.service.js';
import { Lockout } from './lockout.js';
import { TokenService } from './token.service.js';

/** A login that succeeded. */
export interface Login {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly username: string;
}

/** Registration, login and logout. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: TokenService,
    private readonly audit: AuditService,
    private readonly lockout: Lockout,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** @throws ForbiddenError where registration is closed */
  async register(credentials: CredentialsDto, ip: string): Promise<Login> {
    const { username, password } = credentials;
    try {
      if (!(await this.registration()).open) throw registrationClosed();
      // Checked again within the lock, where no other request can create the first account.
      const onlyFirst = !this.openToAll();
      return await this.loginAs(await this.users.create({ username, password, role: 'operator', onlyFirst }, { ip }));
    } catch (error) {
      if (error instanceof ForbiddenError)
        await this.audit.record({ actor: username, ip, action: 'auth.register', outcome: 'failure' });
      throw error;
    }
  }

  /**
   * @throws UnauthorizedError, the same and after the same work for an unknown name as for a wrong password; with the right password of
   *   a disabled account it says that the account is disabled
   * @throws TooManyRequestsError while the account, there or not, or the address is locked
   */
  async login({ username, password }: CredentialsDto, ip: string): Promise<Login> {
    const user = await this.ownerOf(username, password, ip, 'auth.login');
    if (user === null) throw new UnauthorizedError('wrong_credentials', 'wrong username or password');
    if (user.disabledAt !== null) {
      await this.audit.record({ actorId: user.id, actor: user.username, ip, action: 'auth.login', outcome: 'failure' });
      throw new UnauthorizedError('account_disabled', 'this account is disabled; ask an admin to enable it');
    }
    await this.users.noteLogin(user.id, new Date(this.clock.now()));
    await this.audit.record({ actorId: user.id, actor: user.username, ip, action: 'auth.login', outcome: 'success' });
    return this.loginAs(user);
  }

  /**
   * The lock of the login applies here too: a stolen session must not allow more guesses of the password.
   *
   * @throws BadRequestError where the present password is wrong or the new one breaks a rule
   * @throws TooManyRequestsError while the account or the address is locked
   */
  async changePassword(given: ChangePasswordDto, caller: Caller): Promise<Login> {
    const user = await this.ownerOf(caller.username, given.password, caller.ip, 'user.change_password');
    if (user === null) throw wrong('wrong_password', 'password', 'this is not your present password');
    if (given.new_password === given.password) {
      throw wrong('same_password', 'new_password', 'the new password must be another than the present one');
    }
    return this.loginAs(await this.users.changePassword(user.id, given.new_password, 'new_password', caller));
  }

  async logout(session: Session, caller: Caller): Promise<void> {
    await this.tokens.revoke(session);
    await this.audit.record({
      ...actorOf(caller),
      action: 'auth.logout',
      outcome: 'success',
    });
  }

  /** Open in development; in production only until the first account exists. `api.open_registration` overrides. */
  async registration(): Promise<{ readonly open: boolean; readonly first: boolean }> {
    const first = !(await this.users.any());
    return { open: first || this.openToAll(), first };
  }

  private openToAll(): boolean {
    const { app, api } = this.config;
    return api.openRegistration ?? app.mode !== 'production';
  }

  /**
   * The account of a name and a password. `null`, after the same work, where they do not match, which is audited as a failed `action`
   * and counts for the lock.
   *
   * @throws TooManyRequestsError while the account, there or not, or the address is locked
   */
  private async ownerOf(
    username: string,
    password: string,
    ip: string,
    action: AuditAction,
  ): Promise<UserEntity | null> {
    const attempt = await this.lockout.begin(username, ip);
    const user = await this.users.findByName(username);
    const right = await verifyPassword(user?.passwordHash, password);
    if (user !== null && right) {
      await this.lockout.succeeded(attempt);
      return user;
    }
    await this.lockout.failed(attempt);
    await this.audit.record({ actorId: user?.id, actor: username, ip, action, outcome: 'failure' });
    return null;
  }

  private async loginAs(user: UserEntity): Promise<Login> {
    return { ...(await this.tokens.issue(user)), username: user.username };
  }
}

function wrong(code: string, field: string, error: string): BadRequestError {
  return new BadRequestError(code, error, [{ field, error }]);
}
