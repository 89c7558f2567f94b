import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator } from 'playwright-core';
import { request } from 'undici';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

const CLUSTERS = 500;
/** The others are paused: they look the same, and cost this machine less. */
const TICKED = 20;
const AT_ONCE = 8;

let system: System;
let browser: Browser;
let ada: Person;
let api: ApiClient;

beforeAll(async () => {
  const env = { AUTOSCALER_API_RATE_LIMIT: '1000000' };
  browser = await launchBrowser();
  system = await startSystem({ speed: 60, env });
  api = await ApiClient.register(system.urls.api, 'ada');
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < CLUSTERS) {
      const number = (next += 1);
      const more = number <= TICKED ? {} : { status: 'paused', config: { interval: '1h' } };
      const body = { name: `cluster ${number}`, min_servers: 1, max_servers: 9, policy: { threshold: {} }, ...more };
      const created = await api.post('/clusters', body);
      if (created.status !== 201) throw new Error(`${body.name} was answered with ${created.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  ada = await Person.arrive(browser, system.urls.api);
  await ada.logIn('ada');
  // Not by urgency: on a busy machine any cluster may briefly lack metrics.
  await ada.page.goto('/ui/?sort=name');
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

function links(): Locator {
  return ada.page.getByRole('table', { name: 'Clusters' }).getByRole('link');
}

describe('a list of 500 clusters', () => {
  it.each(['/clusters?limit=500', '/clusters/overview'])('%s takes at most 150 KB on the wire', async (path) => {
    const { headers, body } = await request(`${system.urls.api}${path}`, {
      headers: { authorization: `Bearer ${api.token}`, 'accept-encoding': 'gzip, deflate, br' },
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    expect(headers['content-encoding']).toBe('br');
    const { count } = JSON.parse(brotliDecompressSync(bytes).toString()) as { count: number };
    expect(count).toBe(CLUSTERS);
    expect(bytes.length).toBeLessThan(150_000);
  });

  it('contains all, and renders only the visible ones', async () => {
    const { page } = ada;
    await page.getByText(`${CLUSTERS} clusters`).waitFor();
    const table = page.getByRole('table', { name: 'Clusters' });
    expect(await table.getAttribute('aria-rowcount')).toBe(String(CLUSTERS + 1));
    expect(await links().count()).toBeLessThan(60);
    // Numerically, not alphabetically.
    await eventually('the first is first', async () => (await links().first().textContent()) === 'cluster 1');
    expect(await links().nth(1).textContent()).toBe('cluster 2');
  });

  it('searches by name, and shows the number of results', async () => {
    const { page } = ada;
    const search = page.getByRole('textbox', { name: 'Search clusters' });
    await search.fill('cluster 49');
    await page.getByText(`15 of ${CLUSTERS} clusters`).waitFor();
    const found = [49, 149, 249, 349, 449, ...Array.from({ length: 10 }, (_, index) => 490 + index)];
    expect(await links().allTextContents()).toEqual(found.map((number) => `cluster ${number}`));
    await search.fill('nothing is called so');
    await page.getByRole('heading', { name: 'No cluster matches' }).waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText(`${CLUSTERS} clusters`, { exact: true }).waitFor();
  });

  it('filters by state, and keeps the filter in the URL', async () => {
    const { page } = ada;
    await page.getByText('Paused', { exact: true }).first().click();
    await page.getByText(`${CLUSTERS - TICKED} of ${CLUSTERS} clusters`).waitFor();
    await page.reload();
    await page.getByText(`${CLUSTERS - TICKED} of ${CLUSTERS} clusters`).waitFor();
    expect(await links().first().textContent()).toBe(`cluster ${TICKED + 1}`);
    await page.getByText('All', { exact: true }).click();
  });

  it('sorts by a column in both directions', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Cluster', exact: true }).click();
    await eventually('the last is first', async () => (await links().first().textContent()) === `cluster ${CLUSTERS}`);
    await page.getByRole('button', { name: 'State' }).click();
    // Paused clusters need no attention, and come after scaling ones; steady ones come after those.
    await eventually('they are sorted by urgency', async () => {
      const state = page.getByRole('columnheader', { name: 'State' });
      return (await state.getAttribute('aria-sort')) === 'ascending';
    });
    await page.getByRole('button', { name: 'Servers' }).click();
    await eventually('those with servers come first', async () => {
      const first = page.getByRole('row').nth(1).getByRole('cell').nth(2);
      return /^\d/.test((await first.textContent()) ?? '');
    });
    await page.getByRole('button', { name: 'Cluster', exact: true }).click();
    await eventually('the first is first', async () => (await links().first().textContent()) === 'cluster 1');
  });

  it('is navigated to its end with the keyboard', async () => {
    const { page } = ada;
    await links().first().focus();
    await page.keyboard.press('End');
    const focused = async (): Promise<unknown> => page.evaluate('document.activeElement?.textContent');
    await eventually('the last is reached', async () => (await focused()) === `cluster ${CLUSTERS}`);
    await page.keyboard.press('Home');
    await eventually('and the first', async () => (await focused()) === 'cluster 1');
  });

  it('is updated live without moving rows', async () => {
    const { page } = ada;
    // The number of rows rendered below the visible ones is up to the list.
    const seen = async (): Promise<string[]> => (await links().allTextContents()).slice(0, 15);
    const names = await seen();
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'cluster 1', exact: true }) });
    const demand = row.getByRole('cell').nth(3);
    const before = await demand.textContent();
    const { body } = await api.get<{ clusters: { id: string; name: string }[] }>('/clusters/overview');
    const one = body.clusters.find(({ name }) => name === 'cluster 1');
    await api.post(`/clusters/${one?.id}/simulation/spike`, { cpu_target: 95, duration: '10m' });
    await eventually('its demand is another', async () => (await demand.textContent()) !== before);
    expect(await seen()).toEqual(names);
    expect(ada.faults).toEqual([]);
  });
});
