import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import supertest from 'supertest';
import { ConfigModule, configOf, VERSION } from '#config';
import { ManualClock } from '#config/testing';
import { DatabaseHealth } from '#database';
import { LoopHealth } from '#scaler';
import { Partitions } from '#partitions';
import { DrainState } from '../src/drain-state.js';
import { HealthController } from '../src/health.controller.js';
import { HealthService } from '../src/health.service.js';

const INTERVAL_MS = 10_000;

/** The health routes over a database that the test controls, with the real state of loop and drain. */
describe('the health routes', () => {
  let clock: ManualClock;
  let database: { ping: () => Promise<void>; isMigrated: () => Promise<boolean> };
  let app: INestApplication;

  beforeEach(async () => {
    clock = new ManualClock();
    database = { ping: async () => undefined, isMigrated: async () => true };
    @Module({
      imports: [
        ConfigModule.forRoot(configOf({ 'collector.interval': `${INTERVAL_MS}ms` }), clock),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController],
      providers: [
        DrainState,
        HealthService,
        LoopHealth,
        { provide: DatabaseHealth, useValue: database },
        { provide: Partitions, useValue: { status: () => ({ held: [3, 7] }) } },
      ],
    })
    class AppOfTest {}
    app = await NestFactory.create(AppOfTest, { logger: false, abortOnError: false });
    await app.init();
    app.get(LoopHealth).started();
    app.get(LoopHealth).completed(clock.now());
  });
  afterEach(async () => {
    jest.useRealTimers();
    await app.close();
  });

  const get = (path: string) => supertest(app.getHttpServer()).get(path);

  it.each(['/health', '/health/ready'])('%s has version, uptime and each check while all is well', async (path) => {
    clock.time += 1500;
    const { status, body, headers } = await get(path);
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ok',
      version: VERSION,
      uptime_seconds: 1,
      shares: [3, 7],
      checks: {
        database: { status: 'up' },
        migrations: { status: 'up' },
        loop: { status: 'up' },
        draining: { status: 'up' },
      },
    });
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+/);
    expect(headers['cache-control']).toContain('no-store');
  });

  it.each([
    [
      'database',
      'the database does not answer',
      () => (database.ping = async () => Promise.reject(new Error('10.0.0.7 refused'))),
    ],
    [
      'migrations',
      'the schema is not known to be that of this release',
      () => (database.isMigrated = async () => false),
    ],
    ['loop', 'the loop does not tick', () => (clock.time += 3 * INTERVAL_MS + 1)],
    ['draining', 'the service is stopping', () => app.get(DrainState).begin()],
  ])('says that %s is down', async (check, reason, strike) => {
    strike();
    for (const [path, code] of [
      ['/health', 'not_healthy'],
      ['/health/ready', 'not_ready'],
    ] as const) {
      const { status, body } = await get(path);
      expect(status).toBe(503);
      expect(body).toMatchObject({
        status: 'error',
        error: `${code.replace('_', ' ')}: ${reason}`,
        code,
        details: [{ field: check, error: reason }],
        trace_id: expect.any(String) as unknown,
        version: VERSION,
      });
      const { [check]: struck, ...others } = (body as { checks: Record<string, object> }).checks;
      expect(struck).toEqual({ status: 'down', reason });
      expect(Object.values(others)).toEqual([{ status: 'up' }, { status: 'up' }, { status: 'up' }]);
      expect(JSON.stringify(body)).not.toContain('10.0.0.7');
    }
    expect((await get('/health/live')).status).toBe(200);
  });

  it('names everything that is down at once', async () => {
    database.ping = async () => Promise.reject(new Error('away'));
    app.get(DrainState).begin();
    const { body } = await get('/health/ready');
    expect(body).toMatchObject({ error: 'not ready: the database does not answer; the service is stopping' });
  });

  it('does not wait for a database that hangs', async () => {
    database.ping = async () => new Promise<never>(() => undefined);
    jest.useFakeTimers();
    const asked = app.get(HealthService).check('not ready', 'not_ready');
    await jest.advanceTimersByTimeAsync(5000);
    expect((await asked).checks['database']).toMatchObject({ status: 'down' });
  });

  it('live is up while a dependency is down', async () => {
    database.ping = async () => Promise.reject(new Error('away'));
    const { status, body } = await get('/health/live');
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', version: VERSION, uptime_seconds: 0, shares: [3, 7], checks: {} });
  });
});
