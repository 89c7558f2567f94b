import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { ApiClient, call, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

let system: System;
let browser: Browser;
let axe: string;
let id: string;
let backtestId: string;
let decisionId: string;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ speed: 60 }), launchBrowser()]);
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const ada = await ApiClient.register(system.urls.api, 'ada');
  await ApiClient.register(system.urls.api, 'bob');
  const cluster = await ada.post<{ id: string }>('/clusters', {
    name: 'hers',
    min_servers: 2,
    max_servers: 9,
    policy: { slo: {} },
  });
  ({ id } = cluster.body);
  await ada.put(`/clusters/${id}/candidate`, { policy: { threshold: {} } });
  const trace = Array.from(
    { length: 200 },
    (_, at) => `${new Date(1.77e12 + at * 300_000).toISOString()},${100 + (at % 50)}`,
  );
  const backtest = await ada.post<{ id: string }>(`/clusters/${id}/backtests`, {
    trace: ['timestamp,value', ...trace, ''].join('\n'),
    promises: ['1%'],
  });
  backtestId = backtest.body.id;
  await eventually('the backtest is done', async () => {
    const { body } = await ada.get<{ status: string }>(`/clusters/${id}/backtests/${backtestId}`);
    return body.status === 'done';
  });
  decisionId = await eventually('there is a decision', async () => {
    const { body } = await ada.get<{ decisions: { id: string }[] }>(`/clusters/${id}/decisions`);
    return body.decisions[0]?.id;
  });
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate(
    // What is being faded in or out is looked at when it stands still.
    `document.getAnimations().forEach((each) => each.cancel()); axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as Violation[];
  return found.flatMap(({ id: rule, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${rule}: ${html}\n${failureSummary}`),
  );
}

/** Every page: its address, and what is there once it is complete. */
const PAGES: readonly { readonly name: string; readonly path: () => string; readonly there: string | RegExp }[] = [
  { name: 'all clusters', path: () => '/ui/', there: 'hers' },
  { name: 'a new cluster', path: () => '/ui/clusters/new', there: 'What must hold' },
  { name: 'a cluster', path: () => `/ui/clusters/${id}`, there: 'Scaling events' },
  { name: 'an explanation', path: () => `/ui/clusters/${id}?decision=${decisionId}`, there: 'Step by step' },
  { name: 'its backtests', path: () => `/ui/clusters/${id}/backtests`, there: 'Backtests of this cluster' },
  { name: 'a backtest', path: () => `/ui/clusters/${id}/backtests/${backtestId}`, there: 'Cost against violations' },
  { name: 'its trust', path: () => `/ui/clusters/${id}/trust`, there: 'Forecasts against what came true' },
  { name: 'its policy', path: () => `/ui/clusters/${id}/policy`, there: 'What it would have done' },
  { name: 'operations', path: () => '/ui/operations', there: 'The loop' },
  { name: 'the audit log', path: () => '/ui/operations/audit', there: 'cluster.create' },
  { name: 'users', path: () => '/ui/operations/users', there: 'Accounts' },
  { name: 'no such page', path: () => '/ui/nowhere', there: 'There is no such page' },
];

describe.each(['light', 'dark'] as const)('in %s, axe finds nothing wrong with', (colorScheme) => {
  let ada: Person;
  beforeAll(async () => {
    ada = await Person.arrive(browser, system.urls.api, { colorScheme });
  });
  afterAll(async () => ada?.context.close());

  it('the way in', async () => {
    await ada.page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(await violations(ada.page)).toEqual([]);
    await ada.logIn('ada');
  });

  it.each(PAGES)('$name', async ({ path, there }) => {
    await ada.page.goto(path());
    await ada.page.getByText(there).first().waitFor();
    expect(await violations(ada.page)).toEqual([]);
  });

  it('a phone', async () => {
    await ada.page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['/ui/', `/ui/clusters/${id}`]) {
      await ada.page.goto(path);
      await ada.page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
      await ada.page.getByRole('heading', { level: 1 }).waitFor();
      expect(await violations(ada.page)).toEqual([]);
      const overflow = await ada.page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect({ path, overflow }).toEqual({ path, overflow: 0 });
    }
  });
});

describe('two people', () => {
  it('do not see each other’s clusters', async () => {
    const bob = await Person.arrive(browser, system.urls.api);
    await bob.logIn('bob');
    await bob.page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    for (const page of ['', '/backtests', '/trust', '/policy']) {
      await bob.page.goto(`/ui/clusters/${id}${page}`);
      await bob.page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    }
    await bob.page.goto('/ui/operations');
    await bob.page.getByText('No cluster is ticked.', { exact: true }).waitFor();
    expect(await bob.page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
    expect(bob.faults).toEqual([]);
    await bob.context.close();
  });

  it('look without changing where they are viewers', async () => {
    const ada = await ApiClient.login(system.urls.api, 'ada');
    await ada.post('/users', { username: 'vera', password: PASSWORD, role: 'viewer' });
    const vera = await Person.arrive(browser, system.urls.api);
    await vera.logIn('vera');
    await vera.page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    expect(await vera.page.getByRole('link', { name: 'New cluster' }).count()).toBe(0);
    await vera.context.close();
  });
});

describe('with nothing but a keyboard', () => {
  it('one logs in, finds a cluster, opens an explanation and leaves it', async () => {
    const ada = await Person.arrive(browser, system.urls.api);
    const { page } = ada;
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'hers' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('her');
    expect(await page.getByRole('textbox', { name: 'Search clusters' }).inputValue()).toBe('her');
    await tabTo(page, 'hers');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'hers', level: 1 }).waitFor();
    await tabTo(page, 'Explain');
    await page.keyboard.press('Enter');
    await page.getByText('Step by step').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Step by step').waitFor({ state: 'hidden' });
    // Back where one was, not at the top of the page.
    await eventually('the focus is back', async () => (await focused(page)) === 'Explain');
    await ada.context.close();
  });
});

async function focused(page: Page): Promise<string> {
  return String(await page.evaluate('document.activeElement?.textContent ?? ""'));
}

async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === text) return;
  }
  throw new Error(`“${text}” cannot be reached with the Tab key`);
}

describe('the page', () => {
  it('is served compressed, kept where it may be, and under a policy that lets no foreign script run', async () => {
    const page = await fetch(`${system.urls.api}/ui/`, { headers: { 'accept-encoding': 'br' } });
    expect(page.headers.get('content-security-policy')).toContain(`script-src 'self'`);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [, script] = /src="(\/ui\/assets\/index-[^"]+\.js)"/.exec(await page.text()) ?? [];
    const asset = await fetch(`${system.urls.api}${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect(asset.headers.get('cache-control')).toContain('immutable');
  });

  it('leaves the addresses of the API alone', async () => {
    expect((await call(system.urls.api, 'GET', '/clusters')).status).toBe(401);
    expect((await call(system.urls.api, 'GET', '/nowhere')).status).toBe(404);
  });
});
