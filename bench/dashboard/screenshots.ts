/**
 * `npm run screenshots`: every page of the demo, light and dark, on desktop and phone, into `.data/screenshots`; the
 * three of the README into `docs/screenshots`.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { ask, startCloud } from './cloud.js';

const DEMO = { username: 'demo', password: 'Demo-Autoscaler-1' };
/** Waiting time until there is enough history. */
const HISTORY_MS = Number(process.env['SCREENSHOTS_AFTER_S'] ?? 240) * 1000;
const SETTLE_MS = 1500;
const FOLDER = join('.data', 'screenshots');
/** Name in the README, and the page. */
const README = { clusters: 'clusters', cluster: 'cluster-promise', backtest: 'backtest' } as const;
const SCREENS = {
  desktop: { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
} as const;

interface Shown {
  readonly name: string;
  readonly path: string;
  /** A dialog is open: capture only the visible part. */
  readonly over?: boolean;
  /** Opens something on the page. */
  readonly open?: (page: Page) => Promise<void>;
}

async function shoot(browser: Browser, url: string, pages: readonly Shown[]): Promise<void> {
  for (const [screen, options] of Object.entries(SCREENS)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ ...options, colorScheme, baseURL: url, locale: 'en-GB' });
      const page = await context.newPage();
      const file = (name: string): string => join(FOLDER, `${name}-${screen}-${colorScheme}.png`);
      await page.goto('/');
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      await page.screenshot({ path: file('login') });
      await context.request.post('/auth/login', { data: DEMO });
      for (const { name, path, open, over = open !== undefined } of pages) {
        await page.goto(`/ui${path}`);
        await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
        await open?.(page);
        await delay(SETTLE_MS);
        await page.screenshot({ path: file(name), fullPage: !over });
      }
      await context.close();
    }
  }
}

await mkdir(FOLDER, { recursive: true });
await mkdir(join('docs', 'screenshots'), { recursive: true });
const cloud = await startCloud(['--demo']);
const browser = await launchBrowser();
try {
  const { token } = await ask<{ token: string }>(cloud.url, '/auth/login', DEMO);
  const { clusters } = await ask<{ clusters: { id: string; name: string }[] }>(
    cloud.url,
    '/clusters',
    undefined,
    token,
  );
  const idOf = (wanted: string): string => clusters.find(({ name }) => name === wanted)?.id ?? '';
  const id = idOf('web-shop');
  const promising = idOf('checkout');
  const trying = idOf('model-serving');
  const candidate = { policy: { threshold: {} } };
  await ask(cloud.url, `/clusters/${trying}/candidate`, candidate, token, 'PUT');
  console.log(`waiting ${HISTORY_MS / 1000} s for something to see ...`);
  await delay(HISTORY_MS);
  const start = Date.parse('2026-01-05T00:00:00Z');
  const trace = Array.from({ length: 7 * 288 }, (_, at) => {
    const daily = 1000 + 650 * Math.sin((at / 288) * 2 * Math.PI - 1.6);
    const surge = at % 288 > 180 && at % 288 < 192 ? 500 : 0;
    return `${new Date(start + at * 300_000).toISOString()},${Math.round(daily + surge + 60 * Math.sin(at * 1.7))}`;
  });
  const body = {
    trace: ['timestamp,value', ...trace, ''].join('\n'),
    policies: [
      { name: 'as it is', policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } } },
      { name: 'service level 1 %', policy: { slo: {} } },
    ],
  };
  const backtest = await ask<{ id: string; status: string }>(cloud.url, `/clusters/${id}/backtests`, body, token);
  for (let status = backtest.status; status === 'queued' || status === 'running'; await delay(1000)) {
    ({ status } = await ask<{ status: string }>(
      cloud.url,
      `/clusters/${id}/backtests/${backtest.id}`,
      undefined,
      token,
    ));
  }
  const { events } = await ask<{ events: { id: string }[] }>(
    cloud.url,
    `/clusters/${promising}/events?limit=1`,
    undefined,
    token,
  );
  await shoot(browser, cloud.url, [
    { name: 'clusters', path: '/' },
    { name: 'new-cluster', path: '/clusters/new' },
    { name: 'new-cluster-form', path: '/clusters/new/simulator' },
    { name: 'from-kubernetes', path: '/clusters/from-kubernetes' },
    { name: 'cluster', path: `/clusters/${id}?range=5m` },
    { name: 'cluster-promise', path: `/clusters/${promising}?range=5m` },
    { name: 'explanation', path: `/clusters/${promising}?decision=${events[0]?.id ?? ''}`, over: true },
    {
      name: 'simulate',
      path: `/clusters/${id}`,
      open: async (page) => page.getByRole('button', { name: 'Simulate' }).click(),
    },
    {
      name: 'hold',
      path: `/clusters/${id}`,
      open: async (page) => page.getByRole('button', { name: 'Hold', exact: true }).click(),
    },
    { name: 'palette', path: `/clusters/${id}`, open: async (page) => page.keyboard.press('Control+k') },
    { name: 'keys', path: '/', open: async (page) => page.keyboard.press('?') },
    { name: 'cluster-trial', path: `/clusters/${trying}?range=5m` },
    { name: 'policy-trial', path: `/clusters/${trying}/policy` },
    { name: 'backtests', path: `/clusters/${id}/backtests` },
    { name: 'backtest', path: `/clusters/${id}/backtests/${backtest.id}` },
    { name: 'trust', path: `/clusters/${promising}/trust` },
    { name: 'policy', path: `/clusters/${id}/policy` },
    { name: 'connections', path: '/connections' },
    { name: 'operations', path: '/operations' },
    { name: 'audit', path: '/operations/audit' },
    { name: 'users', path: '/operations/users' },
    { name: 'no-such-page', path: '/nowhere' },
  ]);
  for (const [name, page] of Object.entries(README)) {
    const scheme = name === 'backtest' ? 'dark' : 'light';
    await copyFile(join(FOLDER, `${page}-desktop-${scheme}.png`), join('docs', 'screenshots', `${name}.png`));
  }
  console.log(`screenshots are in ${FOLDER}, those of the README in docs/screenshots`);
} finally {
  await browser.close();
  await cloud.stop();
}
