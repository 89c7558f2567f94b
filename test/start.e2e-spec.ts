import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { freePorts } from './support/programs.js';

const SCALED = /^ {2}\d\d:\d\d:\d\d {2}[▲▼] (checkout|model-serving|web-shop) +\d+ → \d+/gm;

/** `npm start`, without npm. */
class Demo {
  output = '';
  /** Of the printed login; asked for once, because logins are limited. */
  token: string | undefined;
  private constructor(readonly child: ChildProcess) {}

  static start(env: Record<string, string>): Demo {
    const child = spawn(process.execPath, [join('scripts', 'start.mjs')], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const demo = new Demo(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        demo.output += chunk.toString();
      });
    }
    return demo;
  }

  /** @returns the exit code */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
    return this.child.exitCode;
  }
}

let folder: string;
let urls: { readonly api: string; readonly simulator: string; readonly prometheus: string };
let env: Record<string, string>;
let demo: Demo;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-'));
  const [api, simulator, prometheus] = (await freePorts(3)) as [number, number, number];
  urls = {
    api: `http://127.0.0.1:${api}`,
    simulator: `http://127.0.0.1:${simulator}`,
    prometheus: `http://127.0.0.1:${prometheus}`,
  };
  env = {
    AUTOSCALER_API_PORT: String(api),
    AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
    AUTOSCALER_COLLECTOR_SIMULATOR_URL: urls.simulator,
    AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'database'),
  };
});
afterAll(async () => {
  await demo?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

interface Cluster {
  readonly id: string;
  readonly name: string;
  readonly simulated_until: string;
}

function credentialsOf({ output }: Demo): { readonly username: string; readonly password: string } {
  const [, username = '', password = ''] = /log in there with +(\S+) \/ (\S+)/.exec(output) ?? [];
  return { username, password };
}

/** Logs in on the page with the printed credentials. */
async function arrive(browser: Browser, running: Demo): Promise<Person> {
  const { username, password } = credentialsOf(running);
  const person = await Person.arrive(browser, urls.api);
  await person.page.getByLabel('Username').fill(username);
  await person.page.getByRole('textbox', { name: 'Password' }).fill(password);
  await person.page.getByRole('button', { name: 'Log in' }).click();
  return person;
}

/** Logs in with the printed credentials. */
async function tokenOf(running: Demo): Promise<string> {
  if (running.token !== undefined) return running.token;
  const { username, password } = credentialsOf(running);
  const { body } = await call<{ token: string }>(urls.api, 'POST', '/auth/login', { username, password });
  running.token = body.token;
  return body.token;
}

async function clustersOf(running: Demo): Promise<readonly Cluster[]> {
  const token = await tokenOf(running);
  return (await call<{ clusters: Cluster[] }>(urls.api, 'GET', '/clusters', undefined, token)).body.clusters;
}

/** Ids of scaling events, newest first. */
async function eventsOf(running: Demo): Promise<readonly string[]> {
  const token = await tokenOf(running);
  const path = '/events/recent?limit=1000';
  const { body } = await call<{ events: { id: string }[] }>(urls.api, 'GET', path, undefined, token);
  return body.events.map(({ id }) => id);
}

/** Times of the decisions of a cluster in an hour of the middle of its past, newest first. */
async function decidedInPast(running: Demo, { id, simulated_until: until }: Cluster): Promise<readonly string[]> {
  const to = new Date(Date.parse(until) - 7 * 86_400_000).toISOString();
  const path = `/clusters/${id}/decisions?range=1h&to=${to}&limit=100`;
  const { body } = await call<{ decisions: { timestamp: string }[] }>(
    urls.api,
    'GET',
    path,
    undefined,
    await tokenOf(running),
  );
  return body.decisions.map(({ timestamp }) => timestamp);
}

async function isServed(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

describe('npm start', () => {
  let before: readonly Cluster[];

  it('prints the URL, the login, and a line for each scaling', async () => {
    const started = (demo = Demo.start(env));
    await eventually('clusters were scaled several times', () => (started.output.match(SCALED)?.length ?? 0) >= 3);
    const [page] = /http:\/\/\S+\/swagger\/index\.html/.exec(started.output) ?? [];
    expect((await fetch(page ?? '')).status).toBe(200);
    const [metrics] = /http:\/\/\S+\/metrics/.exec(started.output) ?? [];
    expect(await (await fetch(metrics ?? '')).text()).toContain('autoscaler_clusters 3');
    before = await clustersOf(started);
    expect(before.map(({ name }) => name).toSorted()).toEqual(['checkout', 'model-serving', 'web-shop']);
  });

  it('shows the demo scaling on the page, with the forecast of a service level', async () => {
    const browser = await launchBrowser();
    try {
      const { page, faults } = await arrive(browser, demo);
      await page.getByRole('link', { name: 'web-shop' }).click();
      const events = page.getByRole('region', { name: 'Scaling events' });
      await events.getByRole('listitem').first().waitFor();
      const shown = await events.getByText(/events? in this time/).textContent();
      await eventually('it scales while one looks', async () => {
        return (await events.getByText(/events? in this time/).textContent()) !== shown;
      });
      await page.getByRole('link', { name: 'Clusters', exact: true }).first().click();
      await page.getByRole('link', { name: 'checkout' }).click();
      const timeline = page.getByRole('region', { name: 'Timeline' });
      await timeline.getByText('Planned for').waitFor({ timeout: 180_000 });
      await page.getByRole('button', { name: 'Explain' }).click();
      await page.getByRole('region', { name: 'What others would have done' }).getByText('Kubernetes HPA').waitFor();
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('begins with two weeks of a past that the engine has learned from', async () => {
    const [checkout] = before.filter(({ name }) => name === 'checkout');
    const token = await tokenOf(demo);
    const ask = async <T>(path: string): Promise<T> =>
      (await call<T>(urls.api, 'GET', `/clusters/${checkout!.id}${path}`, undefined, token)).body;
    await eventually('the past is there, and its model decides', async () => {
      const { model } = await ask<{ model: { state: string } }>('/service-level');
      return model.state === 'trusted';
    });
    const hours = await ask<{ timestamps: string[] }>('/timeline?range=15d&points=400');
    expect(hours.timestamps.length).toBeGreaterThanOrEqual(14 * 24);
    for (const cluster of before) {
      await eventually('each minute is decided', async () => (await decidedInPast(demo, cluster)).length === 60);
    }
    const [backtest] = await eventually('a backtest of the past is over', async () => {
      const { backtests } = await ask<{ backtests: { id: string; status: string }[] }>('/backtests');
      return backtests[0]?.status === 'done' ? backtests : null;
    });
    const { result } = await ask<{ result: { rows: { kind: string; name: string }[] } }>(`/backtests/${backtest!.id}`);
    expect(result.rows.filter(({ kind }) => kind === 'frontier')).toHaveLength(5);
    expect(result.rows.some(({ name }) => name.startsWith('hpa'))).toBe(true);
    const { horizons } = await ask<{ horizons: { total: { settled: number } }[] }>('/trust?range=7d');
    expect(Math.max(...horizons.map(({ total }) => total.settled))).toBeGreaterThan(7 * 1400);
  });

  it('marks its past on the page, and leaves it out of the CSV', async () => {
    const browser = await launchBrowser();
    try {
      const { page, faults } = await arrive(browser, demo);
      await page.getByRole('link', { name: 'checkout' }).click();
      const timeline = page.getByRole('region', { name: 'Timeline' });
      await timeline.getByText('1 h', { exact: true }).click();
      await timeline.getByText(/is simulated, for the demo\. It is not part of the CSV\.$/).waitFor();
      const scaled = page.getByRole('region', { name: 'Scaling events', exact: true }).getByRole('listitem');
      await scaled.filter({ hasText: 'Simulated' }).first().waitFor();
      await timeline
        .getByRole('button', { name: /: Simulated: \d+ → \d+/ })
        .first()
        .waitFor();
      const csv = timeline.getByRole('button', { name: 'CSV' });
      const [download] = await Promise.all([page.waitForEvent('download'), csv.click()]);
      const [, first = ''] = (await readFile(await download.path(), 'utf8')).split('\r\n');
      const [checkout] = before.filter(({ name }) => name === 'checkout');
      expect(Date.parse(first.slice(0, first.indexOf(',')))).toBeGreaterThanOrEqual(
        Math.floor(Date.parse(checkout!.simulated_until) / 1000) * 1000,
      );
      await page.getByRole('link', { name: 'Trust' }).click();
      const trust = page.getByRole('region', { name: 'Forecasts against what came true' });
      await trust.getByText(/is simulated, for the demo/).waitFor();
      await trust
        .getByText(/^Of \d[\d,]* /)
        .first()
        .waitFor();
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('refuses to start a second time, and says why', async () => {
    const second = Demo.start(env);
    await once(second.child, 'exit');
    expect(second.child.exitCode).toBe(1);
    expect(second.output).toMatch(/^port \d+ is taken, and the simulator needs it: /m);
  });

  it.each(['SIGINT', 'SIGHUP'] as const)(
    'stops both programs on %s, and continues from its data at the next start',
    async (signal) => {
      const [event] = await eventsOf(demo);
      expect(event).toBeDefined();
      expect(await demo.end(signal)).toBe(0);
      for (const url of Object.values(urls)) expect(await isServed(url)).toBe(false);
      const restarted = (demo = Demo.start(env));
      await eventually('a cluster is scaled', () => restarted.output.match(SCALED));
      expect((await clustersOf(restarted)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      expect(await eventsOf(restarted)).toContain(event);
      // Played once: one decision in each minute.
      for (const cluster of before) expect(await decidedInPast(restarted, cluster)).toHaveLength(60);
    },
  );
});
