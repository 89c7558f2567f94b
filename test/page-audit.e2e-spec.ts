import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflow, violations } from './support/axe.js';
import { ApiClient, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type PageSystem, startPageSystem } from './support/page-system.js';
import type { Person } from './support/person.js';

const LONG = `checkout-${'x'.repeat(91)}`;

let started: PageSystem;
let ada: Person;
let page: Page;
let id: string;

beforeAll(async () => {
  started = await startPageSystem();
  ({ ada, page } = started);
  const { api, system } = started;
  const cluster = await api.post<{ id: string }>('/clusters', {
    name: LONG,
    min_servers: 2,
    max_servers: 10,
    config: { interval: '1s' },
    policy: { slo: {} },
  });
  ({ id } = cluster.body);
  await eventually('it is ticked', async () => {
    const status = await api.get<{ servers: object | null }>(`/clusters/${id}/status`);
    return status.body.servers !== null;
  });
  await api.put(`/clusters/${id}`, { max_servers: 20 });
  await api.post(`/clusters/${id}/scale`, { desired_servers: 8 });
  await api.put(`/clusters/${id}/candidate`, { policy: { threshold: {} } });
  const bob = await ApiClient.register(system.urls.api, 'bob');
  await bob.post('/clusters', { name: 'his', min_servers: 1, max_servers: 3, policy: { slo: {} } });
  await fetch(`${system.urls.api}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'bob', password: `${PASSWORD}-wrong` }),
  });
});
afterAll(async () => started?.stop());

const table = () => page.getByRole('table', { name: 'Audit log' });
const field = (name: string) => page.getByLabel(name, { exact: true }).and(page.locator('input'));
const rows = async () => (await table().getByRole('row').count()) - 1;
const row = (text: string | RegExp) => table().getByRole('row').filter({ hasText: text });

describe('the audit log', () => {
  it('says who changed what in words and by name, with the values before and after', async () => {
    await page.goto('/ui/operations/audit');
    await row('Changed cluster').getByText('Maximum 10 → 20').waitFor();
    await row('Held servers of cluster')
      .getByText(/^Servers \d+ → 8$/)
      .waitFor();
    await row('Started a trial').getByRole('link', { name: LONG }).waitFor();
    await row('Login').filter({ hasText: 'bob' }).getByText('refused').waitFor();
    await row('Created account bob').waitFor();
    const text = (await table().textContent()) ?? '';
    expect(text).not.toMatch(/[\da-f]{8}-[\da-f]{4}|max_servers|desired_servers|cluster\.|[{}]/);
    expect(text).not.toContain(PASSWORD);
  });

  it.each([320, 390, 768, 1440])('hides no column behind a long name in a window of %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto('/ui/operations/audit');
    const changed = row('Changed cluster').getByText('Maximum 10 → 20');
    await changed.waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    const box = await changed.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? Infinity)).toBeLessThanOrEqual(width);
    expect(await violations(page)).toEqual([]);
  });

  it('is filtered by who, what, name and time, and the address keeps the filter', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto('/ui/operations/audit');
    await row('Changed cluster').waitFor();
    const all = await rows();
    await field('Who').fill('bob');
    await page.keyboard.press('Enter');
    await eventually('only bob is listed', async () => (await rows()) < all && (await row('ada').count()) === 0);
    await row('Created cluster his').waitFor();
    expect(new URL(page.url()).search).toBe('?who=bob');

    await page.getByLabel('Only refused').click();
    await eventually('one is left', async () => (await rows()) === 1);
    await row('Login').waitFor();
    await page.reload();
    await row('Login').waitFor();
    expect(await rows()).toBe(1);
    expect(await field('Who').inputValue()).toBe('bob');

    await page.getByRole('button', { name: 'Clear filters' }).click();
    await eventually('all are back', async () => (await rows()) >= all);
    await field('What').click();
    await page.getByRole('option', { name: 'Held servers' }).click();
    await eventually('one is left', async () => (await rows()) === 1);
    await row('Held servers of cluster').waitFor();

    await page.getByRole('button', { name: 'Clear filters' }).click();
    await field('On').fill('his');
    await page.keyboard.press('Enter');
    await eventually('one is left', async () => (await rows()) === 1);
    await row('Created cluster his').waitFor();

    await page.goto('/ui/operations/audit?when=between&until=2020-01-01T00:00');
    await page.getByText('No entry matches this filter.').waitFor();
    expect(await field('Until').inputValue()).toBe('2020-01-01T00:00');
  });

  it('keeps the filter where the service refuses it, and says why', async () => {
    await page.goto('/ui/operations/audit?when=soon');
    await page.getByText('range must be a duration').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await row('Changed cluster').waitFor();
    expect(ada.faults).toEqual([]);
  });
});
