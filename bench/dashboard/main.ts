/**
 * `npm run bench:dashboard`: browser cost of the page. A cold load; 30 days of a cluster from click to drawing; a
 * redraw of loaded data; a list of 500 clusters with one tick per second each for ten minutes (`BENCH_CLUSTERS`,
 * `BENCH_MINUTES`), once with service, simulator and Chromium on the same machine, and once with recorded ticks at an
 * exact rate, which measures the page alone.
 */
import 'reflect-metadata';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { DataSource } from 'typeorm';
import { loadConfig } from '#config';
import { createService } from '../../apps/autoscaler/src/service.js';
import { fillHistory } from '../api/history.js';
import { launchBrowser } from './browser.js';
import { ask, type Cloud, startCloud } from './cloud.js';
import { measureLiveList } from './live-list.js';
import { median, round } from './numbers.js';
import { record } from './recording.js';
import { startStandIn } from './stand-in.js';

const CLUSTERS = Number(process.env['BENCH_CLUSTERS'] ?? 500);
const MINUTES = Number(process.env['BENCH_MINUTES'] ?? 10);
const RUNS = 5;
const CREATE_AT_ONCE = 8;
const RECORD_MS = 15_000;
const REDRAWS = 20;
const REDRAWN_WITHIN_MS = 400;
const CREDENTIALS = { username: 'bench', password: 'Correct-Horse-9' };
const RESULTS = join('bench', 'results', 'dashboard.json');

async function visit(browser: Browser, url: string): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  await context.request.post('/auth/login', { data: CREDENTIALS });
  return context;
}

/** First visit with an empty cache: bytes over the network, and first contentful paint. */
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

/** From the click on a range to the frame with its chart. */
async function clickToDrawn(page: Page, range: string, resolution: string): Promise<number> {
  // `void`: the promise is awaited later.
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

/**
 * From a click that moves the view over loaded data to the last drawing on a canvas: only the page's own work, three
 * panels with 600 points of a range of weeks, without requests.
 */
async function redraw(page: Page): Promise<number> {
  await page.evaluate(`(() => {
    const { prototype } = CanvasRenderingContext2D;
    for (const name of ['stroke', 'fill', 'fillText', 'clearRect']) {
      const own = prototype[name];
      prototype[name] = function (...args) { own.apply(this, args); window.stroked = performance.now(); };
    }
    addEventListener('click', () => { window.clicked = performance.now(); }, { capture: true });
  })()`);
  const pause = async (): Promise<unknown> =>
    page.evaluate(`new Promise((resolve) => setTimeout(resolve, ${REDRAWN_WITHIN_MS}))`);
  await page.getByRole('button', { name: 'Earlier' }).click();
  await page.getByText('one point per').waitFor();
  const times: number[] = [];
  for (let run = 0; run < REDRAWS; run += 1) {
    await pause();
    await page.getByRole('button', { name: run % 2 === 0 ? 'Earlier' : 'Later' }).click();
    await pause();
    times.push(Number(await page.evaluate('window.stroked - window.clicked')));
  }
  return median(times);
}

/** One cluster with 30 days of history. */
async function longRange(browser: Browser): Promise<object> {
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
    const { master } = app.get(DataSource).driver as unknown as { master: pg.Pool };
    await fillHistory(master, { days: 30, servers: 10 });
    // A chart begins with the creation of its cluster.
    await master.query(`UPDATE clusters SET created_at = now() - interval '31 days'`);
    const context = await visit(browser, url);
    const page = await context.newPage();
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      await page.goto(`/ui/clusters/${id}`);
      await page.getByText('one point per').waitFor();
      times.push(await clickToDrawn(page, '30 d', 'one point per 2 h'));
    }
    const redrawn = await redraw(page);
    await context.close();
    return {
      range_30d_click_to_drawn_ms: round(median(times)),
      redraw_ms: round(redrawn, 1),
      cold_load: await coldLoad(browser, url),
    };
  } finally {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The real service next to the page with one tick per second of every cluster: its throughput on this machine, and the
 * page's cost.
 */
async function withService(cloud: Cloud, token: string): Promise<object> {
  const loop = async (): Promise<Loop> => (await ask<{ loop: Loop }>(cloud.url, '/operations', undefined, token)).loop;
  const from = performance.now();
  const [service, simulator, { skipped }] = [cloud.autoscaler.cpuMs(), cloud.simulator.cpuMs(), await loop()];
  const cost = await measureLiveList(browser, cloud.url, { clusters: CLUSTERS, minutes: MINUTES, login: CREDENTIALS });
  const elapsed = performance.now() - from;
  const then = await loop();
  return {
    ...cost,
    ticks_left_out_per_s: round(((then.skipped - skipped) * 1000) / elapsed, 1),
    latest_ticks_late_by_ms: then.lag_ms,
    service_cpu_share: round((cloud.autoscaler.cpuMs() - service) / elapsed, 2),
    simulator_cpu_share: round((cloud.simulator.cpuMs() - simulator) / elapsed, 2),
  };
}

interface Loop {
  readonly skipped: number;
  readonly lag_ms: number;
}

/** The list with recorded ticks at an exact rate, and with the service itself. */
async function liveLists(): Promise<object> {
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
    const login = { ...CREDENTIALS, token };
    const recording = await record(browser, cloud.url, login, { clusters: CLUSTERS, forMs: RECORD_MS });
    const service = await withService(cloud, token);
    // Now, because nothing else may run while the page alone is measured.
    await cloud.stop();
    const standIn = await startStandIn(recording);
    try {
      const replayed = await measureLiveList(browser, standIn.url, {
        clusters: CLUSTERS,
        minutes: MINUTES,
        login: null,
      });
      return { clusters: CLUSTERS, minutes: MINUTES, replayed, service };
    } finally {
      await standIn.stop();
    }
  } finally {
    await cloud.stop();
  }
}

const browser = await launchBrowser();
try {
  const result = {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`,
    ...(await longRange(browser)),
    live_list: await liveLists(),
  };
  console.log(JSON.stringify(result, null, 2));
  await mkdir(join('bench', 'results'), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await browser.close();
}
