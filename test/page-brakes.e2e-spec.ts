import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { overflow, violations } from './support/axe.js';
import { ApiClient, call } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';
import type { System } from './support/programs.js';

/** From five clusters on, removals look like a broken source. */
const CLUSTERS = 6;
const SERVERS = 8;

let started: PageSystem;
let system: System;
let browser: Browser;
let api: ApiClient;
let ada: Person;
let page: Page;
const ids: string[] = [];

beforeAll(async () => {
  started = await startPageSystem();
  ({ system, browser, api, ada, page } = started);
  await ApiClient.register(system.urls.api, 'bob');
  for (let number = 1; number <= CLUSTERS; number += 1) {
    const { body } = await api.post<{ id: string }>('/clusters', {
      name: `web ${number}`,
      min_servers: 1,
      max_servers: 50,
      config: { interval: '1s' },
      policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '2s' } },
      provider: { type: 'simulator', simulated: { servers: SERVERS, base_cpu: 60, variance: 1 } },
    });
    ids.push(body.id);
  }
  for (const id of ids) await eventually('its servers are known', async () => (await active(id)) === SERVERS);
});
afterAll(async () => started?.stop());

async function active(id: string): Promise<number | undefined> {
  const { body } = await api.get<{ servers: { active: number } | null }>(`/clusters/${id}/status`);
  return body.servers?.active;
}

async function code(id: string): Promise<string | undefined> {
  const { body } = await api.get<{ decisions: { code: string }[] }>(`/clusters/${id}/decisions?limit=1`);
  return body.decisions[0]?.code;
}

describe('a freeze', () => {
  const bar = (of: Page) => of.getByRole('status', { name: 'Freeze' });

  it('is started by an admin in the page header after a confirmation, and shown to all users on every page', async () => {
    const bob = await Person.arrive(browser, system.urls.api);
    await bob.logIn('bob');
    expect(await bob.page.getByRole('button', { name: 'Freeze' }).count()).toBe(0);
    await page.goto('/ui/');
    await page.getByRole('button', { name: 'Freeze' }).click();
    const dialog = page.getByRole('dialog', { name: 'Freeze all scaling?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect((await api.get('/operations/freeze')).body).toEqual({ freeze: null });
    await page.getByRole('button', { name: 'Freeze' }).click();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('metrics are wrong');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Freeze' }).click();
    await bar(page)
      .getByText(/^Frozen by ada since .*: no cluster is scaled\. Reason: metrics are wrong$/)
      .waitFor();
    for (const path of ['/ui/', '/ui/clusters/new', '/ui/operations']) {
      await bob.page.goto(path);
      await bar(bob.page)
        .getByText(/Frozen by ada since/)
        .waitFor();
    }
    expect(await bob.page.getByRole('button', { name: 'End freeze' }).count()).toBe(0);
    expect(bob.faults).toEqual([]);
    await bob.context.close();
  });

  it.each([1440, 320])('fits a window of %i pixels, and axe finds no violations', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    for (const path of ['/ui/', `/ui/clusters/${ids[0]}`, '/ui/operations']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await bar(page).getByText('Frozen').first().waitFor();
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await violations(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('blocks manual scaling, too, until it is ended on the page', async () => {
    const [id = ''] = ids;
    await api.post(`/clusters/${id}/scale`, { desired_servers: SERVERS + 2, hold_for: '1h' });
    await eventually('it is held back', async () => (await code(id)) === 'frozen');
    expect(await active(id)).toBe(SERVERS);
    await page.getByRole('button', { name: 'End freeze' }).click();
    await bar(page).getByText('Frozen').waitFor({ state: 'hidden' });
    await eventually('it is carried out', async () => (await active(id)) === SERVERS + 2);
    await page.getByRole('button', { name: 'Freeze' }).waitFor();
    await api.delete(`/clusters/${id}/scale`);
  });
});

describe('simultaneous removals of many clusters', () => {
  it('are held, shown on the page, and released there', async () => {
    for (const id of ids) await call(system.urls.simulator, 'PUT', `/clusters/${id}`, { base_cpu: 8 });
    await page.goto('/ui/operations');
    const held = page.getByRole('alert').filter({ hasText: 'Removals held' });
    await held.getByText(/clusters behind .* would each lose more than a quarter/).waitFor();
    expect(await violations(page)).toEqual([]);
    await held.getByRole('button', { name: 'Release removals' }).click();
    await page.getByText(/^Released: \d clusters may remove servers/).waitFor();
    await eventually('they are removed', async () => ((await active(ids[1] ?? '')) ?? SERVERS) < SERVERS);
    expect(ada.faults).toEqual([]);
  });
});
