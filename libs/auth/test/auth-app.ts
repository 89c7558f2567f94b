import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DataSource } from 'typeorm';
import { ConfigModule, configOf } from '#config';
import { ManualClock } from '#config/testing';
import { createTestDatabase, type TestDatabase, TestDatabaseModule } from '#database/testing';
import { configureHttp, HttpModule, NotRateLimited } from '#http';
import { AuthModule, Authenticated, Operators, Public } from '../src/index.js';

export const PASSWORD = 'Correct-Horse-9';
export const SECRET = 'only-for-these-tests-0123456789abcdefgh';

/** A clock that the test moves. */
@Controller('probe')
export class ProbeController {
  @Get('public')
  @Public()
  open(): object {
    return { ok: true };
  }

  @Get('anybody')
  @Authenticated()
  anybody(): object {
    return { ok: true };
  }

  @Post('operators')
  @Operators()
  operators(): object {
    return { ok: true };
  }

  @Get('free')
  @Public()
  @NotRateLimited()
  free(): object {
    return { ok: true };
  }

  @Get('slow')
  @Public()
  async slow(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Get('broken')
  @Public()
  broken(): never {
    throw new Error('the inside of the service');
  }
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { details?: { field: string; error: string }[] };
  readonly headers: Headers;
}

/** A running service with accounts only, on its own real database. */
export class AuthApp {
  private constructor(
    readonly app: NestExpressApplication,
    readonly dataSource: DataSource,
    readonly clock: ManualClock,
    readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  /** @param shared a database that outlives this service, with what an earlier one left in it */
  static async start(
    values: Record<string, unknown> = {},
    controllers: (new () => object)[] = [ProbeController],
    shared?: TestDatabase,
  ): Promise<AuthApp> {
    const config = configOf({
      'api.jwt_secret': SECRET,
      'api.rate_limit': 100_000,
      'api.auth_rate_limit': 100_000,
      ...values,
    });
    const database = shared ?? (await createTestDatabase());
    const clock = new ManualClock(Date.now());
    @Module({
      imports: [ConfigModule.forRoot(config, clock), TestDatabaseModule.of(database), HttpModule, AuthModule],
      controllers,
    })
    class AppOfTest {}
    try {
      const app = await NestFactory.create<NestExpressApplication>(AppOfTest, {
        logger: false,
        abortOnError: false,
        bodyParser: false,
      });
      configureHttp(app, config);
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as AddressInfo;
      return new AuthApp(app, database.dataSource, clock, `http://127.0.0.1:${port}`, async () => {
        await app.close();
        if (shared === undefined) await database.close();
      });
    } catch (error) {
      if (shared === undefined) await database.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.end();
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    };
  }

  async register(username: string, password = PASSWORD): Promise<Answer> {
    return this.send('POST', '/auth/register', { username, password });
  }

  async login(username: string, password = PASSWORD): Promise<string> {
    const { body } = await this.send('POST', '/auth/login', { username, password });
    return body['token'] as string;
  }

  async audit(
    action: string,
  ): Promise<{ actor: string; outcome: string; ip: string; before: object | null; after: object | null }[]> {
    return this.dataSource.query(
      'SELECT actor, outcome, ip, before, after FROM audit_log WHERE action = $1 ORDER BY id',
      [action],
    );
  }
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
