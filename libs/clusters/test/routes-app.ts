import type { AddressInfo } from 'node:net';
import { Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DataSource } from 'typeorm';
import { AuthModule, type Role, TokenService, UsersService } from '#auth';
import { ConfigModule, configOf } from '#config';
import { ManualClock } from '#config/testing';
import { createTestDatabase, TestDatabaseModule } from '#database/testing';
import { configureHttp, HttpModule } from '#http';
import { ConnectionDirectory, ProviderRegistry } from '#providers';
import { ClustersModule } from '../src/index.js';

type Definitions = ConstructorParameters<typeof ProviderRegistry>[0];

export interface RoutesOptions {
  /** In the place of those that come with the service. */
  readonly providers?: Definitions;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A clock that the test moves. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { details?: { field: string; error: string }[] };
}

/** The routes of clusters and of further modules, over a real database, without the loop. */
export class RoutesApp {
  private constructor(
    readonly app: NestExpressApplication,
    readonly dataSource: DataSource,
    readonly clock: ManualClock,
    private readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(...modules: readonly Type[]): Promise<RoutesApp> {
    return RoutesApp.with({}, ...modules);
  }

  static async with({ providers, config: values }: RoutesOptions, ...modules: readonly Type[]): Promise<RoutesApp> {
    const config = configOf({
      'api.jwt_secret': 'only-for-these-tests-0123456789abcdef',
      'api.rate_limit': 100_000,
      'collector.allowed_urls': ['http://sim.example:9000'],
      'database.data_dir': 'memory',
      ...values,
    });
    const database = await createTestDatabase();
    const clock = new ManualClock(Date.now());
    @Module({
      imports: [
        ConfigModule.forRoot(config, clock),
        TestDatabaseModule.of(database),
        HttpModule,
        AuthModule,
        ...modules,
        ClustersModule,
      ],
    })
    class AppOfTest {}
    let building = Test.createTestingModule({ imports: [AppOfTest] });
    if (providers !== undefined) {
      const useFactory = (directory: ConnectionDirectory) => new ProviderRegistry(providers, directory);
      building = building
        .overrideProvider(ProviderRegistry)
        .useFactory({ factory: useFactory, inject: [ConnectionDirectory] });
    }
    const module = await building.compile();
    const app = module.createNestApplication<NestExpressApplication>({ logger: false, bodyParser: false });
    configureHttp(app, config);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new RoutesApp(app, database.dataSource, clock, `http://127.0.0.1:${port}`, async () => {
      await app.close();
      await database.close();
    });
  }

  async close(): Promise<void> {
    await this.end();
  }

  /** A token of a user of that role; the very first user always becomes admin. */
  async user(username: string, role: Role): Promise<string> {
    const users = this.app.get(UsersService);
    const user = await users.create({ username, password: 'Correct-Horse-9', role }, { ip: 'test' });
    return (await this.app.get(TokenService).issue(user)).token;
  }

  async send(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
  }
}
