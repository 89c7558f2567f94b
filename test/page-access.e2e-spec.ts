import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient, call, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

let system: System;
let browser: Browser;
let id: string;
let backtestId: string;
let decisionId: string;

beforeAll(async () => {
  browser = await launchBrowser();
  system = await startSystem({ speed: 60 });
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

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };

/** Every page: its path, and what it shows once it is complete. */
const PAGES: readonly { readonly name: string; readonly path: () => string; readonly there: string | RegExp }[] = [
  { name: 'all clusters', path: () => '/ui/', there: 'hers' },
  { name: 'a new cluster', path: () => '/ui/clusters/new/simulator', there: 'What must hold' },
  { name: 'a cluster', path: () => `/ui/clusters/${id}`, there: 'Scaling events' },
  { name: 'an explanation', path: () => `/ui/clusters/${id}?decision=${decisionId}`, there: 'Step by step' },
  { name: 'its backtests', path: () => `/ui/clusters/${id}/backtests`, there: 'Backtests of this cluster' },
  { name: 'a backtest', path: () => `/ui/clusters/${id}/backtests/${backtestId}`, there: 'Cost against violations' },
  { name: 'its trust', path: () => `/ui/clusters/${id}/trust`, there: 'Forecasts against what came true' },
  { name: 'its policy', path: () => `/ui/clusters/${id}/policy`, there: 'What it would have done' },
  { name: 'connections', path: () => '/ui/connections', there: 'No connections yet' },
  { name: 'operations', path: () => '/ui/operations', there: 'The loop' },
  { name: 'the audit log', path: () => '/ui/operations/audit', there: 'Created cluster' },
  { name: 'users', path: () => '/ui/operations/users', there: 'Accounts' },
  { name: 'no such page', path: () => '/ui/nowhere', there: 'There is no such page' },
];

/** Every dialog: its page, and how to open it. */
const DIALOGS: readonly {
  readonly name: string;
  readonly path: () => string;
  readonly open: (page: Page) => Promise<void>;
  readonly title: string;
}[] = [
  {
    name: 'to simulate',
    path: () => `/ui/clusters/${id}`,
    open: async (page) => page.getByRole('button', { name: 'Simulate' }).click(),
    title: 'Simulate: hers',
  },
  {
    name: 'to hold a count',
    path: () => `/ui/clusters/${id}`,
    open: async (page) => page.getByRole('button', { name: 'Hold' }).click(),
    title: 'Hold a count by hand',
  },
  {
    name: 'to delete a cluster',
    path: () => `/ui/clusters/${id}`,
    open: async (page) => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
    },
    title: 'Delete hers',
  },
  {
    name: 'to make an account',
    path: () => '/ui/operations/users',
    open: async (page) => page.getByRole('button', { name: 'New account' }).click(),
    title: 'New account',
  },
  {
    name: 'to change one’s password',
    path: () => '/ui/',
    open: async (page) => {
      await page.getByRole('button', { name: 'Account of ada' }).click();
      await page.getByRole('menuitem', { name: 'Change password' }).click();
    },
    title: 'Change your password',
  },
  {
    name: 'to give an account a new password',
    path: () => '/ui/operations/users',
    open: async (page) => page.getByRole('row', { name: /^bob/ }).getByRole('button', { name: 'New password' }).click(),
    title: 'New password of bob',
  },
  {
    name: 'to remove an account',
    path: () => '/ui/operations/users',
    open: async (page) => page.getByRole('row', { name: /^bob/ }).getByRole('button', { name: 'Remove' }).click(),
    title: 'Remove bob',
  },
];

describe.each(['light', 'dark'] as const)('in %s, axe finds no violations on', (colorScheme) => {
  let ada: Person;
  beforeAll(async () => {
    ada = await Person.arrive(browser, system.urls.api, { colorScheme });
  });
  afterAll(async () => ada?.context.close());

  it('the login page', async () => {
    await ada.page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(await violations(ada.page)).toEqual([]);
    await ada.logIn('ada');
  });

  it.each(PAGES)('$name', async ({ path, there }) => {
    await ada.page.goto(path());
    await ada.page.getByText(there).first().waitFor();
    expect(await violations(ada.page)).toEqual([]);
  });

  it.each(DIALOGS)('the dialog $name', async ({ path, open, title }) => {
    await ada.page.goto(path());
    await open(ada.page);
    await ada.page.getByRole('dialog', { name: title }).waitFor();
    expect(await violations(ada.page)).toEqual([]);
  });

  it('the menus', async () => {
    await ada.page.goto(`/ui/clusters/${id}`);
    for (const name of ['More actions', 'Account of ada']) {
      await ada.page.getByRole('button', { name }).click();
      await ada.page.getByRole('menu').waitFor();
      expect(await violations(ada.page)).toEqual([]);
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('menu').waitFor({ state: 'hidden' });
    }
  });

  it('logged no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});

describe('on a phone', () => {
  let ada: Person;
  beforeAll(async () => {
    ada = await Person.arrive(browser, system.urls.api, PHONE);
    await ada.logIn('ada');
  });
  afterAll(async () => ada?.context.close());

  it.each(PAGES)('$name fits, and axe finds no violations', async ({ path, there }) => {
    await ada.page.goto(path());
    await ada.page.getByText(there).first().waitFor();
    expect(await overflow(ada.page)).toBe(0);
    expect(await violations(ada.page)).toEqual([]);
  });

  it.each(DIALOGS)('the dialog $name fits, and axe finds no violations', async ({ path, open, title }) => {
    await ada.page.goto(path());
    await open(ada.page);
    const dialog = ada.page.getByRole('dialog', { name: title });
    await dialog.waitFor();
    expect(await overflow(ada.page)).toBe(0);
    const box = await dialog.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? Infinity)).toBeLessThanOrEqual(360);
    expect(await violations(ada.page)).toEqual([]);
  });
});

describe('all clusters', () => {
  it.each([1440, 1250, 1024, 961, 960, 390])('fit a window of %i pixels, without truncated text', async (width) => {
    const ada = await Person.arrive(browser, system.urls.api, { viewport: { width, height: 800 } });
    await ada.logIn('ada');
    await ada.page.getByRole('link', { name: 'hers', exact: true }).waitFor();
    expect(await overflow(ada.page)).toBeLessThanOrEqual(0);
    // Overflow of a row extends beyond the table without making the page wider.
    const beyond = await ada.page.evaluate(
      `[...document.querySelectorAll('[role=row]:has([role=cell])')].filter((row) => row.scrollWidth > row.clientWidth).length`,
    );
    expect(beyond).toBe(0);
    const label = ada.page.getByRole('link', { name: 'New cluster' }).getByText('New cluster');
    const cut = await label.evaluate(
      (element: { scrollWidth: number; clientWidth: number }) => element.scrollWidth - element.clientWidth,
    );
    expect(cut).toBe(0);
    await ada.context.close();
  });
});

describe('forecast scores', () => {
  /** Fakes a service with a learned model, which takes six hours to learn. */
  async function learned(page: Page, demoted: boolean): Promise<void> {
    const scores = {
      coverage: { '0.5': 0.5213, '0.9': 0.9143, '0.99': 0.988 },
      pinball: { '0.5': 0.2141, '0.9': 0.1217, '0.99': 0.0312 },
      bias: -0.0321,
      settled: 1432,
    };
    const nearer = {
      ...scores,
      decides: false,
      judged: true,
      seconds: 120,
      pinball: { '0.5': 0.18, '0.9': 0.1, '0.99': 0.02 },
      bias: -0.0004,
    };
    // As after a change of the lead time: the new horizon has few forecasts.
    const further = { ...scores, decides: false, judged: false, seconds: 360, settled: 12 };
    const horizons = [nearer, { ...scores, decides: true, judged: true, seconds: 180 }, further];
    await page.route(`**/clusters/${id}/service-level`, async (route) => {
      const response = await route.fetch();
      const { model, ...others } = (await response.json()) as { model: object };
      const trust = { ...scores, demoted, skill: 0.34, predictable: true, horizons };
      const json = { ...others, trust, model: { ...model, state: demoted ? 'demoted' : 'trusted' } };
      await route.fulfill({ response, json });
    });
  }

  it.each([
    { where: 'in light', options: { colorScheme: 'light' }, demoted: false, mark: 'decides' },
    { where: 'in dark, where none is believed', options: { colorScheme: 'dark' }, demoted: true, mark: 'would decide' },
    { where: 'on a phone', options: PHONE, demoted: false, mark: 'decides' },
  ] as const)('are shown by horizon once there are any, $where', async ({ options, demoted, mark }) => {
    const ada = await Person.arrive(browser, system.urls.api, options);
    const { page } = ada;
    await ada.logIn('ada');
    await page.goto(`/ui/clusters/${id}/trust`);
    await page.getByText('Still learning').waitFor();
    const table = page.getByRole('table', { name: 'Scores by horizon' });
    expect(await table.count()).toBe(0);
    await learned(page, demoted);
    await page.reload();
    await page.getByRole('region', { name: 'Model' }).getByText('Details').click();
    for (const name of [
      '2 min 52.1 % 91.4 % 98.8 % 0.18 0.1 0.02 0 1,432',
      `3 min ${mark} 52.1 % 91.4 % 98.8 % 0.214 0.122 0.031 -0.032 1,432`,
      '6 min – – – – – – – 12',
    ]) {
      await table.getByRole('row', { name, exact: true }).waitFor();
    }
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    expect(ada.faults).toEqual([]);
    await ada.context.close();
  });
});

describe('two users', () => {
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

  it("do not see each other's data when a login ended in the same browser", async () => {
    const person = await Person.arrive(browser, system.urls.api);
    const { page } = person;
    await person.logIn('ada');
    await page.getByRole('link', { name: 'hers' }).first().click();
    await page.getByRole('heading', { name: 'hers', level: 1 }).waitFor();
    await person.context.clearCookies();
    // What the page reads by itself may notice it first: then the link has gone.
    await page.evaluate(`document.querySelector('a[href$="/trust"]')?.click()`);
    await page.getByText('Your login has ended.').waitFor();
    await person.logIn('bob');
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await page.getByRole('link', { name: 'Clusters', exact: true }).first().click();
    await page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    expect(await page.locator('body').textContent()).not.toContain('hers');
    expect(person.faults).toEqual([]);
    await person.context.close();
  });

  it('as viewers see clusters without changing them', async () => {
    const ada = await ApiClient.login(system.urls.api, 'ada');
    await ada.post('/users', { username: 'vera', password: PASSWORD, role: 'viewer' });
    const vera = await Person.arrive(browser, system.urls.api);
    await vera.logIn('vera');
    await vera.page.getByRole('link', { name: 'hers', exact: true }).click();
    await vera.page.getByRole('heading', { name: 'hers', level: 1 }).waitFor();
    await vera.page.getByRole('region', { name: 'Servers' }).getByRole('listitem').first().waitFor();
    expect(await vera.page.getByRole('button', { name: /Hold|Simulate|More actions|Freeze/ }).count()).toBe(0);
    await vera.page.goto('/ui/');
    await vera.page.getByRole('link', { name: 'hers', exact: true }).waitFor();
    expect(await vera.page.getByRole('link', { name: 'New cluster' }).count()).toBe(0);
    expect(vera.faults).toEqual([]);
    await vera.context.close();
  });
});

describe('a user who changes the password', () => {
  it('stays logged in here and nowhere else', async () => {
    await ApiClient.register(system.urls.api, 'paula');
    const here = await Person.arrive(browser, system.urls.api);
    const elsewhere = await Person.arrive(browser, system.urls.api);
    for (const person of [here, elsewhere]) await person.logIn('paula');
    const { page } = here;
    await page.getByRole('button', { name: 'Account of paula' }).click();
    await page.getByRole('menuitem', { name: 'Change password' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change your password' });
    const field = (name: string) => dialog.getByRole('textbox', { name });
    await field('Present password').fill('Guess-Me-123');
    await field('New password').fill('Another-Horse-8');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.getByText('this is not your present password').waitFor();
    await field('Present password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Change' }).click();
    await page.getByText('Your password is changed.').waitFor();
    await elsewhere.page.getByText('Your login has ended.').waitFor();
    await page.reload();
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    expect([...here.faults, ...elsewhere.faults]).toEqual([]);
    await Promise.all([here.context.close(), elsewhere.context.close()]);
  });

  it('gets a new one from an admin if it is forgotten', async () => {
    const ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    const { page } = ada;
    await page.goto('/ui/operations/users');
    await page
      .getByRole('row', { name: /^paula/ })
      .getByRole('button', { name: 'New password' })
      .click();
    const dialog = page.getByRole('dialog', { name: 'New password of paula' });
    await dialog.getByRole('textbox', { name: 'Password' }).fill('abc');
    await dialog.getByRole('button', { name: 'Set' }).click();
    await dialog.getByText('Password must have at least 8 characters').waitFor();
    await dialog.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Set' }).click();
    await page.getByText('paula has another password now.').waitFor();
    await ApiClient.login(system.urls.api, 'paula');
    await ada.context.close();
  });
});

describe('with the keyboard only', () => {
  it('a user logs in, finds a cluster, opens an explanation and closes it', async () => {
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
    // Focus returns to where it was, not to the top of the page.
    await eventually('the focus is back', async () => (await focused(page)) === 'Explain');
    await ada.context.close();
  });
});

describe('the arrow keys', () => {
  let ada: Person;
  beforeAll(async () => {
    const api = await ApiClient.login(system.urls.api, 'ada');
    await api.post('/clusters', { name: 'hers as well', min_servers: 1, max_servers: 2 });
    ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
  });
  afterAll(async () => ada?.context.close());

  it('move from the search through the list of clusters', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'hers as well' }).waitFor();
    await page.keyboard.press('/');
    for (const [key, name] of [
      ['ArrowDown', 'hers'],
      ['ArrowDown', 'hers as well'],
      ['ArrowDown', 'hers as well'],
      ['Home', 'hers'],
      ['End', 'hers as well'],
      ['ArrowUp', 'hers'],
    ] as const) {
      await page.keyboard.press(key);
      await eventually(`${key} leads to ${name}`, async () => (await focused(page)) === name);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'hers', level: 1 }).waitFor();
  });

  it('move along the time axis, and announce the values', async () => {
    const { page } = ada;
    const cursor = page.getByRole('slider', { name: 'Moment on the time axis' });
    const words = async (): Promise<string> => (await cursor.getAttribute('aria-valuetext')) ?? '';
    await eventually(
      'there is something to walk along',
      async () => Number(await cursor.getAttribute('aria-valuemax')) > 3,
    );
    await cursor.focus();
    await page.keyboard.press('Home');
    await page.locator('dl', { hasText: 'Desired' }).getByText('At', { exact: true }).waitFor();
    expect(await cursor.getAttribute('aria-valuenow')).toBe('0');
    const first = await words();
    expect(first).toMatch(/: demand .*, \d+ active, .*utilization .*, \d+ desired/);
    await page.keyboard.press('ArrowRight');
    expect(await cursor.getAttribute('aria-valuenow')).toBe('1');
    expect(await words()).not.toBe(first);
    await page.keyboard.press('ArrowLeft');
    expect(await words()).toBe(first);
    await page.keyboard.press('+');
    await page.waitForURL(/from=.*to=/);
    await page.keyboard.press('Escape');
    await page.locator('dl', { hasText: 'Desired' }).getByText('Now', { exact: true }).waitFor();
  });
});

describe('alerts', () => {
  it('are shown on the cluster and in operations, active and ended ones', async () => {
    const api = await ApiClient.login(system.urls.api, 'ada');
    const ada = await Person.arrive(browser, system.urls.api);
    const { page } = ada;
    await ada.logIn('ada');
    const { body: small } = await api.post<{ id: string }>('/clusters', {
      name: 'too small',
      min_servers: 2,
      max_servers: 3,
      policy: { threshold: { sustained_high: '1s', cooldown_up: '1s' } },
    });
    await page.goto(`/ui/clusters/${small.id}`);
    await page.getByText('one point per').waitFor();
    await eventually('its servers are known', async () => {
      return (await api.post(`/clusters/${small.id}/simulation/kill-servers`, { count: 1 })).status === 200;
    });
    await api.post(`/clusters/${small.id}/simulation/spike`, { cpu_target: 1000, duration: '10m' });
    const alerts = page.getByRole('region', { name: 'Alerts' });
    await alerts.getByRole('list', { name: 'What holds now' }).getByText('At its limit').waitFor();
    await alerts.getByRole('button', { name: /of late/ }).click();
    await alerts.getByRole('list', { name: 'What is over' }).getByText('Servers lost').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto('/ui/operations');
    await alerts.getByRole('link', { name: 'too small' }).first().waitFor();
    await alerts.getByText('At its limit').waitFor();
    expect(await violations(page)).toEqual([]);
    const { body } = await api.get<{ alerts: { code: string; until: string | null }[] }>(
      `/clusters/${small.id}/alerts`,
    );
    expect(body.alerts.filter(({ until }) => until === null).map(({ code }) => code)).toContain('unmet_demand');
    const bob = await ApiClient.login(system.urls.api, 'bob');
    expect((await bob.get(`/clusters/${small.id}/alerts`)).status).toBe(404);
    expect((await bob.get<{ alerts: unknown[] }>('/operations')).body.alerts).toEqual([]);
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
  it('is served compressed, cached where possible, and with a policy that allows no foreign script', async () => {
    const page = await fetch(`${system.urls.api}/ui/`, { headers: { 'accept-encoding': 'br' } });
    expect(page.headers.get('content-security-policy')).toContain(`script-src 'self'`);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [, script] = /src="(\/ui\/assets\/index-[^"]+\.js)"/.exec(await page.text()) ?? [];
    const asset = await fetch(`${system.urls.api}${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect(asset.headers.get('cache-control')).toContain('immutable');
  });

  it('leaves the paths of the API alone', async () => {
    expect((await call(system.urls.api, 'GET', '/clusters')).status).toBe(401);
    expect((await call(system.urls.api, 'GET', '/nowhere')).status).toBe(404);
  });
});
