export { Authenticated, callerOf, CurrentCaller, Operators, Public, Roles } from './access/access.decorators.js';
export {
  type Caller,
  forChange,
  onlyOwner,
  type Principal,
  reaches,
  type Role,
  type Scope,
  type Session,
} from './access/principal.js';
export type { AuditAction } from './audit/audit-actions.js';
export { actorOf, type AuditEntry, AuditService } from './audit/audit.service.js';
export { AuthModule } from './auth.module.js';
export { Authenticator } from './passport/authenticator.js';
export { TokenService } from './session/token.service.js';
export { verifyPassword } from './users/passwords.js';
export { UserRepository } from './users/user.repository.js';
export { UsersService } from './users/users.service.js';
