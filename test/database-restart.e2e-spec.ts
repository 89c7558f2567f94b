import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { configOf } from '#config';
import type { Database } from '#database';
import { createTestDatabase, makeMigratedFolder, type TestDatabase } from '#database/testing';
import { configureHttp } from '#http';
import { LiveIoAdapter } from '#live';
import { LiveBus } from '#scaler';
import { AppModule } from '../apps/autoscaler/src/app.module.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Load } from './support/load.js';
import { type Program, startSimulator, startSystem, type System } from './support/programs.js';

const SERVER = process.env['DATABASE_URL'] ?? '';

async function ready(url: string): Promise<boolean> {
  return (await fetch(`${url}/health/ready`)).ok;
}

/** Every acknowledged cluster, and every decision that was read. */
async function expectNothingLost(load: Load): Promise<void> {
  expect(await load.missing()).toEqual({ clusters: [], decisions: [] });
}

describe('a service that is killed under load', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(async () => system?.stop());

  it('restarts with everything it acknowledged, and keeps ticking', async () => {
    const { api } = system.urls;
    const load = new Load(await ApiClient.register(api, 'ada'), async () => ready(api));
    load.start();
    await eventually('much was acknowledged', () => load.acknowledged >= 40 && load.decisionsSeen >= 20);
    await system.autoscaler.stop('SIGKILL');
    const before = load.acknowledged;
    await system.autoscaler.start();
    await eventually('more was acknowledged', () => load.acknowledged >= before + 10);
    await load.stop();
    await expectNothingLost(load);
    const since = new Date().toISOString();
    await eventually('every cluster is ticked', async () => load.allTickedSince(since));
  });
});

/** The service runs in this process, so that only its database is interrupted. */
describe('a database that is restarted under load', () => {
  let folder: string;
  let server: TestDatabase | undefined;
  let simulator: { readonly program: Program; readonly url: string };
  let app: NestExpressApplication;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-restart-'));
    await makeMigratedFolder(join(folder, 'database'));
    server = SERVER === '' ? undefined : await createTestDatabase();
    simulator = await startSimulator();
    const config = configOf({
      'app.log_level': 'fatal',
      'api.jwt_secret': 'only-for-this-test-0123456789abcdef',
      'api.rate_limit': 100_000,
      'collector.interval': '500ms',
      'scaler.wake_interval': '100ms',
      'collector.simulator_url': simulator.url,
      'database.data_dir': join(folder, 'database'),
      'database.host': server?.config.host ?? '',
      'database.port': server?.config.port ?? 5432,
      'database.user': server?.config.user ?? '',
      'database.password': server?.config.password ?? '',
      'database.name': server?.config.name ?? '',
    });
    app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), {
      logger: false,
      abortOnError: false,
      bodyParser: false,
    });
    app.useWebSocketAdapter(app.get(LiveIoAdapter));
    configureHttp(app, config);
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await app?.close();
    await simulator?.program.stop();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Ends the thread of the embedded database, or all connections of the service on a server. */
  async function strike(): Promise<void> {
    if (server === undefined) {
      await app.get<DataSource, Database>(DataSource).embedded?.crash();
      return;
    }
    const admin = new pg.Client(`${SERVER.slice(0, SERVER.lastIndexOf('/'))}/${server.config.name}`);
    await admin.connect();
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'autoscaler'`,
    );
    await admin.end();
    expect(rowCount).toBeGreaterThan(0);
  }

  it('keeps everything that was acknowledged or returned, and the ticks meanwhile', async () => {
    const announced = new Map<string, Set<string>>();
    app.get(LiveBus).on('decision', ({ cluster_id: id, data }) => {
      announced.set(id, (announced.get(id) ?? new Set()).add(data.id));
    });
    const load = new Load(await ApiClient.register(url, 'ada'), async () => ready(url));
    load.start();
    for (let round = 0; round < 2; round += 1) {
      const { acknowledged, decisionsSeen } = load;
      await eventually('much was acknowledged', () => load.acknowledged >= acknowledged + 30);
      await eventually('decisions were read', () => load.decisionsSeen >= decisionsSeen + 20);
      const failed = load.failures;
      await strike();
      if (server === undefined) await eventually('it is noticed', () => load.failures > failed);
    }
    const { acknowledged } = load;
    await eventually('more was acknowledged', () => load.acknowledged >= acknowledged + 10);
    await load.stop();
    await expectNothingLost(load);
    const since = new Date().toISOString();
    await eventually('every cluster is ticked', async () => load.allTickedSince(since));
    // Decisions made without a database were broadcast at once, and are recorded by now.
    const recorded = new Set(
      (await app.get(DataSource).query<{ id: string }[]>('SELECT id FROM decisions')).map(({ id }) => id),
    );
    const lost = [...announced.values()].flatMap((ids) => [...ids]).filter((id) => !recorded.has(id));
    expect(announced.size).toBeGreaterThan(0);
    expect(lost).toEqual([]);
  });
});
