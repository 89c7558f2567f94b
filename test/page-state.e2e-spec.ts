import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { freePorts, startSystem, type System } from './support/programs.js';
import { styleOf } from './support/style.js';

let system: System;
let browser: Browser;
let api: ApiClient;
let ada: Person;
let page: Page;
let between: Server;

/**
 * A proxy between service and simulator that removes metrics of the cluster `blind`: memory of all servers, CPU of the
 * first, and the request rates of the others.
 */
async function standBetween(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = 'GET', url = '/', headers } = request;
      const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
      const { host: _host, connection: _connection, 'content-length': _length, ...others } = headers;
      fetch(`${system.urls.simulator}${url}`, { method, headers: others as Record<string, string>, ...body })
        .then(async (answer) => {
          const text = await answer.text();
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          const reports = method === 'GET' && url === `/clusters/${ids.get('blind')}?metrics=true`;
          response.end(reports ? blinded(text) : text);
        })
        .catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

function blinded(text: string): string {
  const metrics = JSON.parse(text) as { servers?: object[] };
  return JSON.stringify({
    ...metrics,
    servers: metrics.servers?.map((one, index) => ({
      ...one,
      memory_usage: null,
      ...(index === 0 ? { cpu_usage: null } : { request_load: null }),
    })),
  });
}

beforeAll(async () => {
  browser = await launchBrowser();
  const [port] = (await freePorts(1)) as [number];
  between = await standBetween(port);
  const env = { AUTOSCALER_COLLECTOR_SIMULATOR_URL: `http://127.0.0.1:${port}` };
  system = await startSystem({ speed: 60, provisioning: '30s', env });
  api = await ApiClient.register(system.urls.api, 'ada');
  ada = await Person.arrive(browser, system.urls.api);
  await ada.logIn('ada');
  ({ page } = ada);
  for (const name of ['calm', 'deaf', 'refused', 'stopped']) await create(name);
  await pause();
  await fault({ cluster_id: ids.get('refused'), refuse_scale_up: true });
  await spike('refused');
  await fault({ cluster_id: ids.get('deaf'), errors: 1 });
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
  between?.closeAllConnections();
  between?.close();
});

const ids = new Map<string, string>();

async function create(name: string): Promise<void> {
  const { body } = await api.post<{ id: string }>('/clusters', {
    name,
    min_servers: 2,
    max_servers: 50,
    config: { interval: '1s' },
    policy: { threshold: { cpu_low: 1, sustained_high: '1s', cooldown_up: '1s' } },
    provider: { type: 'simulator', simulated: { servers: 4, base_cpu: 58, variance: 1 } },
  });
  ids.set(name, body.id);
  await eventually(`${name} is ticked`, async () => {
    const status = await api.get<{ servers: { active: number } | null }>(`/clusters/${body.id}/status`);
    return status.body.servers?.active === 4;
  });
}

async function pause(): Promise<void> {
  await api.put(`/clusters/${ids.get('stopped')}`, { status: 'paused' });
}

async function fault(body: Record<string, unknown>): Promise<void> {
  expect((await call(system.urls.simulator, 'POST', '/faults', body)).status).toBeLessThan(300);
}

async function spike(name: string): Promise<void> {
  await api.post(`/clusters/${ids.get(name)}/simulation/spike`, { cpu_target: 300, duration: '10h', ramp_up: '1s' });
}

function row(name: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
}

const filter = (name: string) => page.getByRole('radiogroup', { name: 'Show' }).locator('label', { hasText: name });
const names = async () => page.getByRole('table', { name: 'Clusters' }).getByRole('link').allTextContents();

describe('the list of clusters', () => {
  it('shows in red, with its message, a cluster whose scale-up is refused and one that is unreachable', async () => {
    await page.goto('/ui/');
    for (const [name, sentence] of [
      ['refused', /Scaling failed|Servers full/],
      ['deaf', /Cannot reach the provider/],
    ] as const) {
      await row(name).getByText('Critical', { exact: true }).waitFor();
      await row(name).getByText(sentence).waitFor();
      expect(await row(name).getByText('Steady').count()).toBe(0);
      const state = `[...document.querySelectorAll('[data-condition]')].find(({ textContent }) => textContent.startsWith('Critical'))`;
      const color = await page.evaluate(`getComputedStyle(${state}).color`);
      expect(color).toBe('rgb(201, 42, 42)');
    }
  });

  it('shows the whole of what is cut, on hover and on focus, until Escape', async () => {
    await page.setViewportSize({ width: 1000, height: 900 });
    const tooltip = page.getByRole('tooltip').filter({ hasText: 'Free capacity there, or raise the quota' });
    await row('refused')
      .getByText(/Scaling failed|Servers full/)
      .waitFor();
    const link = page.getByRole('link', { name: 'refused', exact: true });
    await link.hover();
    await tooltip.waitFor();
    expect(await violations(page)).toEqual([]);
    await page.mouse.move(0, 0);
    await tooltip.waitFor({ state: 'hidden' });
    await link.focus();
    await tooltip.waitFor();
    await page.keyboard.press('Escape');
    await tooltip.waitFor({ state: 'hidden' });
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('starts with the most urgent', async () => {
    await eventually('both are first', async () => (await names()).slice(0, 2).join() === 'deaf,refused');
    expect(await names()).toEqual(['deaf', 'refused', 'calm', 'stopped']);
  });

  it('shows above it what matters now, with a cost for each currency', async () => {
    for (const [name, cost] of [
      ['calm', { per_server_hour: 0.5, currency: 'EUR' }],
      ['stopped', { per_server_hour: 0.25, currency: 'USD' }],
    ] as const) {
      await api.put(`/clusters/${ids.get(name)}`, { cost });
    }
    await page.reload();
    const figure = (label: string) =>
      page
        .getByRole('region', { name: 'Now' })
        .locator('dl > div')
        .filter({ has: page.getByText(label, { exact: true }) });
    await figure('Needs attention').getByText('2', { exact: true }).waitFor();
    await figure('Needs attention').getByText('2 critical').waitFor();
    await figure('Servers').getByText('16', { exact: true }).waitFor();
    await figure('Servers').getByText('of 200 allowed').waitFor();
    await figure('Scaling').getByText('0', { exact: true }).waitFor();
    await figure('Held').getByText('0', { exact: true }).waitFor();
    await figure('Cost an hour').getByText('€2.00', { exact: true }).waitFor();
    await figure('Cost an hour').getByText('$1.00', { exact: true }).waitFor();
    await figure('Cost an hour').getByText('2 clusters left out: no known cost').waitFor();
  });

  it('has the number of active alerts in the title and the icon of its tab, on each page', async () => {
    const icon = () => page.locator('link[rel="icon"]').getAttribute('href');
    for (const [path, title] of [
      ['/ui/', 'Clusters'],
      ['/ui/connections', 'Connections'],
    ] as const) {
      await page.goto(path);
      await eventually('the tab has the number', async () => {
        const { body } = await api.get<{ critical: number; warning: number }>('/alerts/active');
        const count = body.critical + body.warning;
        return (
          count > 0 &&
          (await page.title()) === `(${count}) ${title} · Autoscaler` &&
          decodeURIComponent((await icon()) ?? '').includes(`>${count}</text>`)
        );
      });
    }
    await page.goto('/ui/');
    await row('refused').waitFor();
  });

  it('counts and applies each filter', async () => {
    await filter('Needs attention').getByText('2', { exact: true }).waitFor();
    await filter('All').getByText('4', { exact: true }).waitFor();
    await filter('Paused').getByText('1', { exact: true }).waitFor();
    await filter('Held').getByText('0', { exact: true }).waitFor();
    await filter('Needs attention').click();
    await page.getByText('2 of 4 clusters').waitFor();
    expect(await names()).toEqual(['deaf', 'refused']);
    await filter('All').click();
  });

  it.each([1440, 320])('fits a window of %i pixels, and axe finds no violations', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await row('refused').getByText('Critical', { exact: true }).waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});

describe('the head of a cluster', () => {
  const head = () => page.getByRole('main').locator('header');

  it.each([
    ['refused', /Scaling failed|Servers full/],
    ['deaf', /Cannot reach the provider/],
  ] as const)('shows the problem on each page of one that is %s', async (name, sentence) => {
    for (const place of ['', '/trust', '/policy']) {
      await page.goto(`/ui/clusters/${ids.get(name)}${place}`);
      await head().getByText('Critical', { exact: true }).waitFor();
      // The overview has it in its list of alerts, above all else.
      await (place === '' ? page.getByRole('list', { name: 'What holds now' }) : head())
        .getByText(sentence)
        .first()
        .waitFor();
      expect(await head().getByText('Steady').count()).toBe(0);
    }
    expect(await violations(page)).toEqual([]);
  });

  it('says that a paused cluster is observed, and keeps showing its metrics', async () => {
    await page.goto(`/ui/clusters/${ids.get('stopped')}`);
    await head().getByText('Paused: watched, not scaled.').waitFor();
    const used = page.locator('dl', { hasText: 'Lead time' }).getByText(/^\d+ %$/);
    await eventually('its load is shown', async () => Number.parseInt((await used.textContent()) ?? '', 10) < 80);
    await spike('stopped');
    await eventually('and follows the spike', async () => Number.parseInt((await used.textContent()) ?? '', 10) > 90);
    expect((await api.get<{ desired_servers: number }>(`/clusters/${ids.get('stopped')}/status`)).body).toMatchObject({
      servers: { active: 4 },
    });
  });
});

describe('a refused scale-up', () => {
  const red = 'rgb(201, 42, 42)';
  const events = () => page.getByRole('region', { name: 'Scaling events' });

  it('is no success: red, with the count that was requested, and repeats are one row', async () => {
    await page.goto(`/ui/clusters/${ids.get('refused')}`);
    const refused = events().getByRole('button', { name: /^✕?\s*Could not scale up from 4 → \d+/ });
    await refused
      .getByText(/refused \d+ × since \d\d:\d\d:\d\d/)
      .first()
      .waitFor();
    expect(await events().getByText('▲').count()).toBe(0);
    const counts = refused
      .first()
      .locator('span')
      .filter({ hasText: /4 → \d+$/ });
    expect(await styleOf(counts, 'color')).toBe(red);
    const { body } = await api.get<{ events: object[] }>(`/clusters/${ids.get('refused')}/events?limit=100`);
    expect(await events().getByRole('listitem').count()).toBeLessThan(body.events.length);
    await page
      .getByRole('group', { name: 'Scaling events on the axis' })
      .getByRole('button', { name: /4 → \d+ refused/ })
      .first()
      .waitFor();
  });

  it('leaves the number of servers that are missing on the tile', async () => {
    const tile = page.locator('dl', { hasText: 'Lead time' }).locator('div', { hasText: 'Servers' }).first();
    const [, desired] = /^Servers4of (\d+) desired/.exec((await tile.textContent()) ?? '') ?? [];
    expect(Number(desired)).toBeGreaterThan(4);
    const legend = page.getByRole('region', { name: 'Timeline' }).locator('dl > div').filter({ hasText: 'Desired' });
    expect(await legend.textContent()).toBe(`Desired${desired}`);
    const slider = page.getByRole('slider', { name: 'Moment on the time axis' });
    expect(await slider.getAttribute('aria-valuetext')).toContain(`, ${desired} desired`);
    expect(await styleOf(tile.locator('dd'), 'color')).toBe(red);
  });

  it('is held by nothing that an alert offers, and a hold begins with the refused count', async () => {
    const tile = page.locator('dl', { hasText: 'Lead time' }).locator('div', { hasText: 'Servers' }).first();
    const alerts = page.getByRole('list', { name: 'What holds now' });
    await alerts.getByText(/Scaling failed/).waitFor();
    expect(await alerts.getByRole('button').count()).toBe(0);
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Hold a count by hand' });
    const [, desired] = /^Servers4of (\d+) desired/.exec((await tile.textContent()) ?? '') ?? [];
    expect(await dialog.getByRole('textbox', { name: 'Servers' }).inputValue()).toBe(desired);
    await dialog.getByRole('button', { name: `4 → ${desired}, +${Number(desired) - 4} servers` }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('is explained as refused', async () => {
    await events().getByRole('button').first().click();
    const explanation = page.getByRole('dialog', { name: 'Why it decided so' });
    await explanation.getByRole('heading', { name: /^Could not scale up from 4 to \d+: refused$/ }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('says why and what helps, also while the next attempt is waited for', async () => {
    const words = 'The provider refused: HTTP 409, the provider has no capacity for more servers (injected fault).';
    await eventually('it waits', async () => {
      const { body } = await api.get<{ alerts: { code: string; message: string; data?: object }[] }>(
        `/clusters/${ids.get('refused')}/alerts`,
      );
      const alert = body.alerts.find(({ code }) => code === 'scaling_failed');
      const [, reason = ''] = words.split(': ');
      return alert?.message.endsWith(`: ${reason} Free capacity there, or raise the quota. The request is repeated.`);
    });
    await page.goto(`/ui/clusters/${ids.get('refused')}`);
    const alert = page
      .getByRole('list', { name: 'What holds now' })
      .getByText(/Scaling failed/)
      .locator('..');
    await alert.getByText(/The provider refused.*: HTTP 409, the provider has no capacity/).waitFor();
    await alert.getByText(/Free capacity there, or raise the quota/).waitFor();
    await eventually('Explain says so, too', async () => {
      await page.getByRole('button', { name: 'Explain' }).click();
      const explanation = page.getByRole('dialog', { name: 'Why it decided so' });
      await explanation.getByRole('heading').nth(1).waitFor();
      const text = (await explanation.textContent()) ?? '';
      await page.keyboard.press('Escape');
      return text.includes(words);
    });
  });

  it('is shown in the list of clusters', async () => {
    await page.goto('/ui/');
    await row('refused')
      .getByText(/4 → \d+ refused/)
      .waitFor();
  });
});

describe('a missing metric', () => {
  it('is unknown on the page, never 0', async () => {
    await create('blind');
    await page.goto(`/ui/clusters/${ids.get('blind')}`);
    const servers = page.getByRole('region', { name: 'Servers' }).getByRole('listitem');
    await servers.filter({ hasText: /CPU unknown, memory unknown, \d+ requests per second/ }).waitFor();
    await servers
      .filter({ hasText: /CPU \d+ %, memory unknown, requests unknown/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Explain' }).click();
    const explanation = page.getByRole('dialog', { name: 'Why it decided so' });
    await explanation.getByText('Numbers').first().click();
    await explanation.locator('dl div', { hasText: 'memory' }).getByText('unknown', { exact: true }).first().waitFor();
    expect(await page.locator('body').textContent()).not.toMatch(/NaN|undefined|\bnull\b/);
    await page.keyboard.press('Escape');
  });
});

describe('a fault that ends', () => {
  it('is removed from the list, and the cluster scales', async () => {
    await call(system.urls.simulator, 'DELETE', '/faults');
    await page.goto('/ui/');
    for (const name of ['deaf', 'refused'])
      await row(name)
        .getByText(/^(Steady|Scaling)$/)
        .waitFor();
    expect(ada.faults).toEqual([]);
  });
});
