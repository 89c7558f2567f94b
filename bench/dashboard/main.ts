/**
 * `npm run bench:dashboard`: what the page costs its browser. A cold load; 30 days of a cluster from the click to the drawing; 500 clusters
 * live at a tick per second (`BENCH_CLUSTERS`, `BENCH_MINUTES`: 10), with the simulator, the service and Chromium on the same machine.
 */
import 'reflect-metadata';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { DataSource } from 'typeorm';
import { loadConfig } from '#config';
import { createService } from '../../apps/autoscaler/src/service.js';
import { fillHistory } from '../api/history.js';
import { launchBrowser } from './browser.js';
import { ask, startCloud } from './cloud.js';

const CLUSTERS = Number(process.env['BENCH_CLUSTERS'] ?? 500);
const MINUTES = Number(process.env['BENCH_MINUTES'] ?? 10);
const RUNS = 5;
const CREATE_AT_ONCE = 8;
const WARM_UP_MS = 15_000;
const CREDENTIALS = { username: 'bench', password: 'Correct-Horse-9' };
const RESULTS = join('bench', 'results', 'dashboard.json');
/** A frame that took longer than two of a 60 Hz screen was dropped. */
const DROPPED_MS = 34;

async function visit(browser: Browser, url: string): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  await context.request.post('/auth/login', { data: CREDENTIALS });
  return context;
}

async function metrics(session: CDPSession): Promise<Record<string, number>> {
  const { metrics: list } = await session.send('Performance.getMetrics');
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

/** The first visit with an empty cache: bytes over the network, and the first paint with something in it. */
async function coldLoad(
  browser: Browser,
  url: string,
): Promise<{ kilobytes: number; first_contentful_paint_ms: number }> {
  const paints: number[] = [];
  let bytes = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const context = await visit(browser, url);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    let loaded = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (loaded += encodedDataLength));
    await page.goto('/ui/');
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    const paint = await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`);
    paints.push(Number(paint));
    bytes = loaded;
    await context.close();
  }
  return { kilobytes: round(bytes / 1000), first_contentful_paint_ms: round(median(paints)) };
}

/** From the click on a range to the frame in which its chart was drawn. */
async function clickToDrawn(page: Page, range: string, resolution: string): Promise<number> {
  // `void`: the promise is kept for later, not waited for.
  await page.evaluate(`void (window.drawn = new Promise((resolve) => {
    addEventListener('click', () => {
      const clicked = performance.now();
      const look = () => document.body.textContent.includes(${JSON.stringify(resolution)})
        ? requestAnimationFrame(() => resolve(performance.now() - clicked))
        : requestAnimationFrame(look);
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  }))`);
  await page.getByText(range, { exact: true }).click();
  return Number(await page.evaluate('window.drawn'));
}

/** One cluster with 30 days behind it. */
async function longRange(browser: Browser): Promise<{ range_30d_click_to_drawn_ms: number; cold_load: object }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-dashboard-'));
  const { config } = loadConfig({
    env: {
      AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'database'),
      AUTOSCALER_DATABASE_STATEMENT_TIMEOUT: '10m',
      AUTOSCALER_APP_LOG_LEVEL: 'error',
      AUTOSCALER_API_PORT: '0',
      AUTOSCALER_API_RATE_LIMIT: '1000000',
      AUTOSCALER_API_AUTH_RATE_LIMIT: '1000000',
    },
  });
  const app = await createService(config);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  try {
    const { token } = await ask<{ token: string }>(url, '/auth/register', CREDENTIALS);
    const body = { name: 'long', min_servers: 2, max_servers: 20, status: 'paused' };
    const { id } = await ask<{ id: string }>(url, '/clusters', body, token);
    await fillHistory((app.get(DataSource).driver as unknown as { master: pg.Pool }).master, { days: 30, servers: 10 });
    const context = await visit(browser, url);
    const page = await context.newPage();
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      await page.goto(`/ui/clusters/${id}`);
      await page.getByText('one point per').waitFor();
      times.push(await clickToDrawn(page, '30 d', 'one point per 2 h'));
    }
    await context.close();
    return { range_30d_click_to_drawn_ms: round(median(times)), cold_load: await coldLoad(browser, url) };
  } finally {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Many clusters in one list, for as long as somebody might leave it open. */
async function liveList(browser: Browser): Promise<object> {
  const cloud = await startCloud([], { AUTOSCALER_COLLECTOR_INTERVAL: '1s', AUTOSCALER_COLLECTOR_TIMEOUT: '900ms' });
  try {
    const { token } = await ask<{ token: string }>(cloud.url, '/auth/register', CREDENTIALS);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < CLUSTERS) {
        const name = `cluster ${(next += 1)}`;
        await ask(cloud.url, '/clusters', { name, min_servers: 1, max_servers: 20, policy: { threshold: {} } }, token);
      }
    };
    await Promise.all(Array.from({ length: CREATE_AT_ONCE }, worker));
    const context = await visit(browser, cloud.url);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    await session.send('Network.enable');
    let events = 0;
    session.on('Network.webSocketFrameReceived', ({ response }) => {
      if (response.payloadData.includes('"metrics"')) events += 1;
    });
    await page.goto('/ui/');
    await page.getByText(`${CLUSTERS} clusters`).waitFor();
    await page.evaluate(`window.frames_seen = { count: 0, dropped: 0, last: performance.now() };
      const frame = (now) => {
        const seen = window.frames_seen;
        seen.count += 1;
        if (now - seen.last > ${DROPPED_MS}) seen.dropped += 1;
        seen.last = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);`);
    await delay(WARM_UP_MS);
    const heap = async (): Promise<number> => {
      await session.send('HeapProfiler.collectGarbage');
      return ((await metrics(session))['JSHeapUsedSize'] ?? 0) / 1e6;
    };
    const firstHeap = await heap();
    const before = { ...(await metrics(session)), at: performance.now(), service: cloud.autoscaler.cpuMs() };
    events = 0;
    await page.evaluate('Object.assign(window.frames_seen, { count: 0, dropped: 0 })');
    const heaps = [firstHeap];
    for (let minute = 0; minute < MINUTES; minute += 1) {
      await delay(60_000);
      heaps.push(await heap());
    }
    const after = await metrics(session);
    const elapsed = performance.now() - before.at;
    const seen = (await page.evaluate('window.frames_seen')) as { count: number; dropped: number };
    const task = (after['TaskDuration'] ?? 0) - ((before as Record<string, number>)['TaskDuration'] ?? 0);
    return {
      clusters: CLUSTERS,
      minutes: MINUTES,
      ticks_heard_per_s: round((events * 1000) / elapsed, 1),
      main_thread_share: round((task * 1000) / elapsed, 3),
      frames_per_s: round((seen.count * 1000) / elapsed),
      dropped_frames_share: round(seen.dropped / seen.count, 4),
      heap_mb_by_minute: heaps.map((size) => round(size, 1)),
      service_cpu_share: round((cloud.autoscaler.cpuMs() - before.service) / elapsed, 2),
    };
  } finally {
    await cloud.stop();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

const browser = await launchBrowser();
try {
  const result = {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
    ...(await longRange(browser)),
    live_list: await liveList(browser),
  };
  console.log(JSON.stringify(result, null, 2));
  await mkdir(join('bench', 'results'), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await browser.close();
}
