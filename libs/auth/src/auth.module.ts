import { Global, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule, type JwtModuleOptions } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { APP_CONFIG, type AppConfig } from '#config';
import { AuthAttemptsObserver } from '#http';
import { AccessGuard } from './access/access.guard.js';
import { DeclaredAccess } from './access/declared-access.js';
import { AuditEntryEntity } from './audit/audit-entry.entity.js';
import { AuditEntryRepository } from './audit/audit-entry.repository.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditService } from './audit/audit.service.js';
import { Authenticator } from './passport/authenticator.js';
import { BearerStrategy } from './passport/bearer.strategy.js';
import { CookieStrategy } from './passport/cookie.strategy.js';
import { ALGORITHM, AUDIENCE, ISSUER } from './passport/jwt-claims.js';
import { JwtKeys } from './passport/jwt-keys.js';
import { AuthController } from './session/auth.controller.js';
import { AuthService } from './session/auth.service.js';
import { LoginFailureEntity } from './session/login-failure.entity.js';
import { LoginFailureRepository } from './session/login-failure.repository.js';
import { RevokedTokenEntity } from './session/revoked-token.entity.js';
import { Lockout } from './session/lockout.js';
import { loginMetricProviders } from './session/login.metrics.js';
import { RefusedAttempts } from './session/refused-attempts.js';
import { SessionRepository } from './session/session.repository.js';
import { TokenService } from './session/token.service.js';
import { UserEntity } from './users/user.entity.js';
import { UserRepository } from './users/user.repository.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';

function jwtOptions({ api }: AppConfig): JwtModuleOptions {
  return {
    signOptions: {
      algorithm: ALGORITHM,
      issuer: ISSUER,
      audience: AUDIENCE,
      expiresIn: Math.floor(api.jwtExpiration / 1000),
    },
  };
}

/** Users, tokens, Passport's strategies, the guard of every route, and the audit log. */
@Global()
@Module({
  imports: [
    DiscoveryModule,
    TypeOrmModule.forFeature([UserEntity, RevokedTokenEntity, LoginFailureEntity, AuditEntryEntity]),
    JwtModule.registerAsync({ inject: [APP_CONFIG], useFactory: jwtOptions }),
  ],
  controllers: [AuthController, UsersController, AuditController],
  providers: [
    UserRepository,
    AuditEntryRepository,
    LoginFailureRepository,
    SessionRepository,
    AuthService,
    UsersService,
    JwtKeys,
    BearerStrategy,
    CookieStrategy,
    Authenticator,
    TokenService,
    Lockout,
    ...loginMetricProviders,
    AuditService,
    DeclaredAccess,
    { provide: AuthAttemptsObserver, useClass: RefusedAttempts },
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [AuditService, AuthAttemptsObserver, Authenticator, TokenService, UserRepository, UsersService],
})
export class AuthModule {}
