/**
 * `npm run bench:api`: cost of the most used routes with 30 days of history of 100 clusters, each compared with the
 * bare SQL of the same answer, sent through `pg` in the same process over the same pool. On the server in
 * `DATABASE_URL`, or on the embedded database.
 */
import 'reflect-metadata';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { Pool } from 'undici';
import { loadConfig } from '#config';
import { createService } from '../../apps/autoscaler/src/service.js';
import { ask } from '../ask.js';
import { DatabaseOnServer } from '../database-on-server.js';
import { fillHistory } from './history.js';
import { type MeasuredRoute, ROUTES } from './routes.js';

const CLUSTERS = Number(process.env['BENCH_CLUSTERS'] ?? 100);
const DAYS = Number(process.env['BENCH_DAYS'] ?? 30);
const SERVERS = 10;
const WARM_UP = 200;
const REQUESTS = Number(process.env['BENCH_REQUESTS'] ?? 1000);
/** A regular expression: measures only matching routes. */
const ONLY = process.env['BENCH_ROUTE'] ?? '';
const CONCURRENT = 16;
const THROUGHPUT_MS = 5_000;
const PASSWORD = 'Correct-Horse-9';
const RESULTS = 'bench/results/api.json';

type DatabaseKind = 'embedded' | 'server';

interface Row {
  readonly database: DatabaseKind;
  readonly route: string;
  readonly rows: number;
  /** With 16 concurrent requests. */
  readonly requests_per_s: number;
  /** One request at a time, from the first byte sent to the last byte received. */
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly sql_p50_ms: number;
  readonly sql_p99_ms: number;
  /** `p50_ms` divided by `sql_p50_ms`. */
  readonly ratio: number;
}

interface Bench {
  readonly http: Pool;
  readonly sql: pg.Pool;
  readonly headers: Record<string, string>;
  readonly owner: string;
  readonly clusters: readonly string[];
}

async function run(): Promise<void> {
  const url = process.env['DATABASE_URL'] ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'bench-api-'));
  const server = url === '' ? undefined : await DatabaseOnServer.create(new URL(url));
  try {
    const rows = await measureAll(server === undefined ? 'embedded' : 'server', {
      ...(server === undefined ? { AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'database') } : server.environment()),
      AUTOSCALER_DATABASE_STATEMENT_TIMEOUT: '10m', // one statement fills a day
      AUTOSCALER_APP_LOG_LEVEL: 'warn',
      AUTOSCALER_API_HOST: '127.0.0.1',
      AUTOSCALER_API_PORT: '0',
      AUTOSCALER_API_RATE_LIMIT: '1000000',
    });
    if (ONLY === '') await store(rows);
  } finally {
    await server?.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(database: DatabaseKind, env: Record<string, string>): Promise<Row[]> {
  const { config } = loadConfig({ env });
  const app = await createService(config);
  await app.listen(config.api.port, config.api.host);
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const http = new Pool(url, { connections: CONCURRENT });
  try {
    const sql = (app.get(DataSource).driver as unknown as { master: pg.Pool }).master;
    const bench = await prepare(url, http, sql);
    const startedAt = performance.now();
    await fillHistory(sql, { days: DAYS, servers: SERVERS });
    console.log(`history of ${DAYS} days of ${CLUSTERS} clusters in ${seconds(performance.now() - startedAt)}`);
    const rows: Row[] = [];
    for (const route of ROUTES.filter((each) => new RegExp(ONLY).test(each.route)))
      rows.push({ database, ...(await measure(bench, route)) });
    console.table(rows);
    return rows;
  } finally {
    await http.close();
    await app.close();
  }
}

/**
 * An operator with clusters; the first account is an admin. The clusters are paused, so that no ticks interfere;
 * reading them costs the same.
 */
async function prepare(url: string, http: Pool, sql: pg.Pool): Promise<Bench> {
  await ask(url, '/auth/register', { username: 'admin', password: PASSWORD });
  const { token } = await ask<{ token: string }>(url, '/auth/register', { username: 'bench', password: PASSWORD });
  const clusters: { id: string; owner_id: string }[] = [];
  for (let number = 0; number < CLUSTERS; number += 1)
    clusters.push(await ask(url, '/clusters', definitionOf(number), token));
  await sql.query(
    `INSERT INTO cluster_states (cluster_id, ticked_at, desired, actual, lead_time_ms, engine_state, tracking)
     SELECT id, now(), $1, $1, 30000, '{}', '{}' FROM clusters`,
    [SERVERS],
  );
  return {
    http,
    sql,
    headers: { authorization: `Bearer ${token}` },
    owner: clusters[0]?.owner_id ?? '',
    clusters: clusters.map(({ id }) => id),
  };
}

function definitionOf(number: number): object {
  return {
    name: `bench-${number}`,
    min_servers: SERVERS,
    max_servers: 2 * SERVERS,
    status: 'paused',
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] }, threshold: {} },
    provider: { type: 'simulator', simulated: { servers: SERVERS, base_cpu: 55, base_memory: 40, variance: 5 } },
  };
}

async function measure(bench: Bench, route: MeasuredRoute): Promise<Omit<Row, 'database'>> {
  const first = bench.clusters[0] ?? '';
  const { rows } = await bench.sql.query<object>(route.sql, route.values(first, bench.owner));
  const answered = countOf(route, await request(bench, route, first));
  // The time range moves between the two calls, by at most one tick of samples.
  if (Math.abs(answered - rows.length) > SERVERS) {
    throw new Error(`${route.route} answers ${answered} rows, its SQL ${rows.length}`);
  }
  const http: number[] = [];
  const sql: number[] = [];
  for (let round = -WARM_UP; round < REQUESTS; round += 1) {
    const cluster = bench.clusters[(round + WARM_UP) % bench.clusters.length] ?? '';
    const startedAt = performance.now();
    await request(bench, route, cluster);
    const answeredAt = performance.now();
    await bench.sql.query(route.sql, route.values(cluster, bench.owner));
    const readAt = performance.now();
    if (round < 0) continue;
    http.push(answeredAt - startedAt);
    sql.push(readAt - answeredAt);
  }
  const [p50, sqlP50] = [quantile(http, 0.5), quantile(sql, 0.5)];
  return {
    route: route.route,
    rows: answered,
    requests_per_s: Math.round(await throughput(bench, route)),
    p50_ms: round3(p50),
    p99_ms: round3(quantile(http, 0.99)),
    sql_p50_ms: round3(sqlP50),
    sql_p99_ms: round3(quantile(sql, 0.99)),
    ratio: Number((p50 / sqlP50).toFixed(2)),
  };
}

async function throughput(bench: Bench, route: MeasuredRoute): Promise<number> {
  const startedAt = performance.now();
  let answered = 0;
  const asker = async (): Promise<void> => {
    while (performance.now() - startedAt < THROUGHPUT_MS) {
      await request(bench, route, bench.clusters[answered % bench.clusters.length] ?? '');
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, asker));
  return (answered / (performance.now() - startedAt)) * 1000;
}

async function request({ http, headers }: Bench, route: MeasuredRoute, cluster: string): Promise<string> {
  const answer = await http.request({ path: route.path(cluster), method: 'GET', headers });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${route.route} was answered with ${answer.statusCode}: ${text}`);
  return text;
}

function countOf({ list }: MeasuredRoute, text: string): number {
  const answer = JSON.parse(text) as Record<string, unknown>;
  return list === null ? 1 : (answer[list] as unknown[]).length;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;
}

function round3(value: number): number {
  return Number(value.toFixed(3));
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** Rows of the other database keep their last values. */
async function store(rows: readonly Row[]): Promise<void> {
  const before = JSON.parse(await readFile(RESULTS, 'utf8').catch(() => '{"rows": []}')) as { rows: Row[] };
  const others = before.rows.filter(({ database }) => database !== rows[0]?.database);
  const history = { clusters: CLUSTERS, days: DAYS, servers_per_cluster: SERVERS };
  const machine = { cpus: cpus().length, model: cpus()[0]?.model.trim(), node: process.version };
  await mkdir('bench/results', { recursive: true });
  const all = [...others, ...rows].toSorted((a, b) => a.database.localeCompare(b.database));
  await writeFile(RESULTS, `${JSON.stringify({ history, machine, rows: all }, null, 2)}\n`);
}

await run();
