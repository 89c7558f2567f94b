import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { BodyInterceptor } from './body/body.interceptor.js';
import { ErrorFilter } from './error.filter.js';
import { RateLimitEntity } from './rate-limit.entity.js';
import { RateLimitGuard, rateLimits } from './rate-limit.js';
import { validationPipe } from './validation.pipe.js';

/** The boundary of every route: error shape, validation and rate limits. Import it before the guards of `#auth`. */
@Module({
  imports: [
    TypeOrmModule.forFeature([RateLimitEntity]),
    ThrottlerModule.forRootAsync({ inject: [APP_CONFIG, Clock, DataSource], useFactory: rateLimits }),
  ],
  providers: [
    { provide: APP_FILTER, useClass: ErrorFilter },
    { provide: APP_PIPE, useFactory: validationPipe },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    {
      provide: APP_INTERCEPTOR,
      inject: [APP_CONFIG],
      useFactory: ({ api }: AppConfig) => new BodyInterceptor(api.bodyLimit),
    },
  ],
})
export class HttpModule {}
