import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeMigratedFolder } from '#database/testing';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { freePorts, startSystem, type System } from './support/programs.js';

interface Event {
  readonly id: string;
  readonly timestamp: string;
  readonly action: string;
  readonly desired: number;
  readonly outcome: string;
  readonly recorded_late_at: string | null;
}

const PROGRAM = fileURLToPath(new URL('./support/database.mjs', import.meta.url));

let folder: string;
let port: number;
let database: ChildProcess;
let system: System;
let ada: ApiClient;
let id: string;

async function startDatabase(): Promise<void> {
  database = spawn(process.execPath, [PROGRAM, join(folder, 'database'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(database.stdout!, 'data');
}

async function killDatabase(): Promise<void> {
  const ended = once(database, 'exit');
  database.kill('SIGKILL');
  await ended;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autoscaler-journal-'));
  await makeMigratedFolder(join(folder, 'database'));
  [port] = (await freePorts(1)) as [number];
  await startDatabase();
  system = await startSystem({
    speed: 20,
    provisioning: '20s',
    env: {
      AUTOSCALER_DATABASE_HOST: '127.0.0.1',
      AUTOSCALER_DATABASE_PORT: String(port),
      AUTOSCALER_DATABASE_USER: 'postgres',
      AUTOSCALER_DATABASE_NAME: 'template1',
      AUTOSCALER_DATABASE_MAX_CONNECTIONS: '1',
      AUTOSCALER_DATABASE_CONNECT_RETRIES: '30',
      AUTOSCALER_SCALER_JOURNAL_DIR: join(folder, 'journal'),
    },
  });
  ada = await ApiClient.register(system.urls.api, 'ada');
});
afterAll(async () => {
  await system?.stop();
  database?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A cluster at its target, from now on the one of the test. */
async function addCluster(name: string, servers: number): Promise<void> {
  const { body } = await ada.post<{ id: string }>('/clusters', {
    name,
    min_servers: 1,
    max_servers: 12,
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '0s' } },
    provider: { type: 'simulator', simulated: { servers, base_cpu: 58, variance: 0 } },
  });
  id = body.id;
  await eventually('it is ticked', async () => (await decisions()).length > 2);
}

const desired = async (): Promise<number> =>
  (await call<{ desired_servers: number }>(system.urls.simulator, 'GET', `/clusters/${id}`)).body.desired_servers;
const decisions = async (): Promise<{ id: string; timestamp: string; steps?: { code: string }[] }[]> =>
  (await ada.get<{ decisions: never[] }>(`/clusters/${id}/decisions?limit=500&steps=true`)).body.decisions;
const events = async (): Promise<readonly Event[]> =>
  (await ada.get<{ events: Event[] }>(`/clusters/${id}/events?limit=100`)).body.events;
const load = async (cpu: number): Promise<void> => {
  const body = { cluster_id: id, cpu_target: cpu, duration: '4h', ramp_up: '0s' };
  expect((await call(system.urls.simulator, 'POST', '/spike', body)).status).toBeLessThan(300);
};
/** Of the process since its start. */
const ticks = async (): Promise<number> => {
  const text = await (await fetch(`${system.urls.prometheus}/metrics`)).text();
  return Number(/autoscaler_loop_ticks_total\{result="completed"\} (\d+)/.exec(text)?.[1] ?? 0);
};
const journals = async (): Promise<readonly string[]> =>
  (await readdir(join(folder, 'journal'))).filter((name) => name.endsWith('.jsonl'));

it('scales up while its database is down, and records it after both were killed', async () => {
  await addCluster('rising', 2);
  const before = await desired();
  await killDatabase();
  const lostAt = new Date().toISOString();
  await load(95);
  await eventually('servers are added', async () => (await desired()) > before);
  expect(await journals()).toHaveLength(1);
  const health = await eventually('health says so', async () => {
    const { status, body } = await call(system.urls.api, 'GET', '/health');
    return status === 503 && JSON.stringify(body).includes('journal') && body;
  });
  expect(health).toMatchObject({ checks: { database: { status: 'down' }, loop: { status: 'up' } } });
  await system.autoscaler.stop('SIGKILL');
  const reached = await desired();

  await startDatabase();
  await system.autoscaler.start();
  const late = await eventually('they are recorded', async () => {
    const found = (await events()).filter(({ recorded_late_at: at }) => at !== null);
    return found.length > 0 && found.every(({ outcome }) => outcome !== 'pending') ? found : null;
  });
  expect(late.every(({ timestamp, recorded_late_at: at }) => timestamp > lostAt && at! > timestamp)).toBe(true);
  expect(late.every(({ action }) => action === 'SCALE_UP')).toBe(true);
  expect(Math.max(...late.map(({ desired: count }) => count))).toBe(reached);
  const ids = late.map((event) => event.id);
  const decided = (await decisions()).filter((decision) => ids.includes(decision.id));
  expect(decided.map((decision) => decision.id).sort()).toEqual([...ids].sort());
  for (const { steps } of decided) expect(steps?.map(({ code }) => code)).toContain('journaled');
  await eventually('the journal is removed', async () => (await journals()).length === 0);
  // Once and for all.
  await system.autoscaler.stop();
  await system.autoscaler.start();
  expect((await events()).filter((event) => ids.includes(event.id))).toHaveLength(ids.length);
});

it('keeps its servers while its database is down, and removes them afterwards', async () => {
  await addCluster('falling', 4);
  const before = await desired();
  const { output } = system.autoscaler;
  await killDatabase();
  expect((await call(system.urls.simulator, 'PUT', `/clusters/${id}`, { base_cpu: 5 })).status).toBe(200);
  await eventually('the outage is noticed', () =>
    system.autoscaler.output.slice(output.length).includes('cannot load cluster definitions'),
  );
  const since = await ticks();
  await eventually('it is ticked at low load', async () => (await ticks()) > since + 10);
  expect(await desired()).toBe(before);
  await startDatabase();
  await eventually('servers are removed', async () => (await desired()) < before);
});
