import { Global, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule, type JwtModuleOptions } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { APP_CONFIG, type AppConfig } from '#config';
import { AuthAttemptsObserver } from '#http';
import { AccessGuard } from './access/access.guard.js';
import { DeclaredAccess } from './access/declared-access.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditService } from './audit/audit.service.js';
import { AuthController } from './session/auth.controller.js';
import { AuthService } from './session/auth.service.js';
import { JwtKeys } from './session/jwt-keys.js';
import { Lockout } from './session/lockout.js';
import { loginMetricProviders } from './session/login.metrics.js';
import { RefusedAttempts } from './session/refused-attempts.js';
import { TokenService } from './session/token.service.js';
import { UserEntity } from './users/user.entity.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';

const ISSUER = 'autoscaler';
const AUDIENCE = 'autoscaler-api';
const ALGORITHM = 'HS256';

function jwtOptions({ api }: AppConfig): JwtModuleOptions {
  return {
    signOptions: {
      algorithm: ALGORITHM,
      issuer: ISSUER,
      audience: AUDIENCE,
      expiresIn: Math.floor(api.jwtExpiration / 1000),
    },
    verifyOptions: { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE },
  };
}

/** Users, tokens, the guard of every route, and the audit log. */
@Global()
@Module({
  imports: [
    DiscoveryModule,
    TypeOrmModule.forFeature([UserEntity]),
    JwtModule.registerAsync({ inject: [APP_CONFIG], useFactory: jwtOptions }),
  ],
  controllers: [AuthController, UsersController, AuditController],
  providers: [
    AuthService,
    UsersService,
    JwtKeys,
    TokenService,
    Lockout,
    ...loginMetricProviders,
    AuditService,
    DeclaredAccess,
    { provide: AuthAttemptsObserver, useClass: RefusedAttempts },
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [AuditService, AuthAttemptsObserver, TokenService, UsersService],
})
export class AuthModule {}
