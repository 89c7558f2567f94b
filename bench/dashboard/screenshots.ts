/**
 * `npm run screenshots`: every page of the demo, light and dark, on desktop and phone, and what is wrong at night on the
 * widest and the narrowest screen, into `.data/screenshots`; those of the documents into `docs/screenshots`.
 * `SCREENSHOTS_OF=demo` and `SCREENSHOTS_OF=faults` take one half.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { ask, type Cloud, startCloud } from './cloud.js';
import { FAULTS, shootFaults } from './fault-shots.js';
import { fileOf, FOLDER, shoot } from './shots.js';

const DEMO = { username: 'demo', password: 'Demo-Autoscaler-1' };
/** Waiting time until there is enough history. */
const HISTORY_MS = Number(process.env['SCREENSHOTS_AFTER_S'] ?? 240) * 1000;
const HALF = process.env['SCREENSHOTS_OF'];
const DOCUMENTS = join('docs', 'screenshots');
/** Name in the README, and the page. */
const README = { clusters: 'clusters', cluster: 'cluster-promise', backtest: 'backtest' } as const;

await mkdir(FOLDER, { recursive: true });
await mkdir(DOCUMENTS, { recursive: true });
const browser = await launchBrowser();
try {
  if (HALF !== 'faults') await shootDemo(browser);
  if (HALF !== 'demo') {
    await shootFaults(browser);
    for (const name of FAULTS)
      for (const screen of ['desktop', 'narrow'] as const)
        await copyFile(fileOf(name, screen, 'light'), join(DOCUMENTS, `${name}-${screen}.png`));
  }
  console.log(`screenshots are in ${FOLDER}, those of the documents in ${DOCUMENTS}`);
} finally {
  await browser.close();
}

/** Every page of the demo. */
async function shootDemo(shown: Browser): Promise<void> {
  const cloud = await startCloud(['--demo']);
  try {
    await shootPages(shown, cloud);
  } finally {
    await cloud.stop();
  }
}

async function shootPages(shown: Browser, cloud: Cloud): Promise<void> {
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
  await shoot(
    { browser: shown, url: cloud.url, credentials: DEMO },
    ['desktop', 'phone'],
    [
      { name: 'clusters', path: '/' },
      { name: 'new-cluster', path: '/clusters/new' },
      { name: 'new-cluster-form', path: '/clusters/new/simulator' },
      { name: 'from-kubernetes', path: '/clusters/from-kubernetes' },
      { name: 'cluster', path: `/clusters/${id}?range=5m` },
      { name: 'cluster-promise', path: `/clusters/${promising}?range=1h` },
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
    ],
  );
  for (const [name, page] of Object.entries(README)) {
    const scheme = name === 'backtest' ? 'dark' : 'light';
    await copyFile(fileOf(page, 'desktop', scheme), join(DOCUMENTS, `${name}.png`));
  }
}
