import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page, Route } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

interface Chosen {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

const SERVER = 'https://127.0.0.1:16443';
const HPA = {
  by: 'HorizontalPodAutoscaler web',
  others: [],
  min_servers: 2,
  max_servers: 9,
  desired: 3,
  current: 3,
  cpu_target: 60,
  metrics: ['memory at 80 % of the request'],
  conditions: [],
};

function workload(name: string, change: object = {}): object {
  const chosen = { namespace: 'shop', kind: 'Deployment', name };
  const target = { ...chosen, group: 'apps' };
  return {
    ...chosen,
    target,
    desired: 3,
    ready: 3,
    requests: null,
    scaled_by: null,
    cluster: null,
    refused: null,
    ...change,
  };
}

// Lists of a Kubernetes cluster are played here; test/kubernetes/page.kubernetes-spec.ts has the page in front of a real one.
describe('the page "Add from Kubernetes"', () => {
  let system: System;
  let browser: Browser;
  let ada: Person;
  let page: Page;
  let api: ApiClient;
  let registered: { id: string; name: string };
  let listed: object[];
  let missing: readonly string[] = [];
  const asked: { url: string; body: unknown }[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    system = await startSystem({ env: { AUTOSCALER_COLLECTOR_ALLOWED_URLS: SERVER } });
    api = await ApiClient.register(system.urls.api, 'ada');
    const made = await api.post<{ id: string }>('/clusters', { name: 'old', min_servers: 1, max_servers: 3 });
    registered = { id: made.body.id, name: 'old' };
    ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    ({ page } = ada);
    listed = [
      workload('web', { scaled_by: HPA, ready: 2 }),
      workload('worker'),
      workload('old', { cluster: registered }),
      workload('autoscaler', { refused: 'This service runs in its pods, and does not scale itself.' }),
    ];
    await page.route('**/connections/prod/workloads**', async (route) => {
      asked.push({ url: route.request().url(), body: null });
      await route.fulfill({ json: { workloads: listed, count: listed.length, truncated: false, missing } });
    });
    await page.route('**/connections/prod/import', importing);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  /** Creates clusters as the import does, but of simulated servers; skips the worker. */
  async function importing(route: Route): Promise<void> {
    const body = route.request().postDataJSON() as { readonly workloads: readonly Chosen[] };
    asked.push({ url: route.request().url(), body });
    const clusters = await Promise.all(
      body.workloads.map(async (chosen) => {
        const skipped = 'It is registered already, by another user.';
        if (chosen.name === 'worker') return { workload: chosen, cluster: null, definition: null, skipped, notes: [] };
        const definition = { name: `shop/${chosen.name}`, min_servers: 2, max_servers: 9 };
        const { body: cluster } = await api.post<{ id: string; name: string }>('/clusters', definition);
        listed = listed.map((one) => ((one as Chosen).name === chosen.name ? { ...one, cluster } : one));
        const notes = [`Not taken over from ${HPA.by}: memory at 80 % of the request.`];
        return { workload: chosen, cluster, definition, skipped: null, notes };
      }),
    );
    await route.fulfill({ json: { clusters, count: clusters.length } });
  }

  const row = (name: string) => page.getByRole('row').filter({ hasText: `shop/${name}` });
  const box = (name: string) => page.getByRole('checkbox', { name: `Choose Deployment shop/${name}` });

  it('leads to connections where there is none, and back with the one that was stored', async () => {
    await page.goto('/ui/clusters/new');
    await page.getByRole('link', { name: 'Add from Kubernetes' }).click();
    await page.getByRole('heading', { name: 'Add from Kubernetes', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Store one first.' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Store one first.' }).click();
    const dialog = page.getByRole('dialog', { name: 'New connection' });
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('prod');
    await dialog.getByRole('textbox', { name: 'API server' }).fill(SERVER);
    await dialog.getByRole('textbox', { name: 'Token', exact: true }).fill('a');
    await dialog.getByRole('button', { name: 'Store' }).click();
    await page.waitForURL('**/ui/clusters/from-kubernetes?connection=prod');
    await row('web').waitFor();
  });

  it('is opened from a connection, and shows bounds and targets that are taken over', async () => {
    await page.goto('/ui/connections');
    await page.getByRole('link', { name: 'Add clusters from prod' }).click();
    await row('web').waitFor();
    expect(await row('web').textContent()).toContain(
      '3, 2 readyHorizontalPodAutoscaler web2 to 9CPU at 60 % of the request, memory at 80 % of the request',
    );
    expect(await row('worker').textContent()).toContain('no autoscalernone statednone stated');
  });

  it('offers nothing that is registered or refused, and says why', async () => {
    expect(
      await Promise.all(['web', 'worker', 'old', 'autoscaler'].map(async (name) => box(name).isEnabled())),
    ).toEqual([true, true, false, false]);
    const link = row('old').getByRole('link', { name: 'old' });
    expect(await link.getAttribute('href')).toBe(`/ui/clusters/${registered.id}`);
    expect(await row('autoscaler').textContent()).toContain('This service runs in its pods');
    expect(await page.getByRole('button', { name: 'Import' }).isDisabled()).toBe(true);
  });

  it.each([320, 1440])('fits into %d pixels, and axe finds nothing', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await row('web').waitFor();
    // The space for a scrollbar is negative.
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
  });

  it('chooses all that a search shows, and keeps what was chosen', async () => {
    const search = page.getByRole('textbox', { name: 'Search workloads' });
    await search.fill('horizontal');
    await row('worker').waitFor({ state: 'hidden' });
    await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
    await search.fill('nothing of this name');
    await page.getByText('No workload matches').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await box('web').isChecked()).toBe(true);
    expect(await box('worker').isChecked()).toBe(false);
    await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
    await page.getByText('2 workloads chosen').waitFor();
  });

  it('imports what is chosen, and says what became of each', async () => {
    await page.getByRole('button', { name: 'Import' }).click();
    const result = page.getByRole('region', { name: 'Result of the import' });
    await result.getByText('1 cluster created, 1 skipped.').waitFor();
    expect(asked.find(({ body }) => body !== null)?.body).toEqual({
      workloads: ['web', 'worker'].map((name) => ({ namespace: 'shop', kind: 'Deployment', name, group: 'apps' })),
    });
    await result.getByText('Deployment shop/worker was skipped. It is registered already, by another user.').waitFor();
    await result.getByText('Not taken over from HorizontalPodAutoscaler web: memory').waitFor();
    await row('web').getByText('Registered already:').waitFor();
    await page.getByText('0 workloads chosen').waitFor();
    expect(await violations(page)).toEqual([]);
    await result.getByRole('link', { name: 'shop/web' }).click();
    await page.getByRole('heading', { name: 'shop/web', level: 1 }).waitFor();
  });

  it('asks for single namespaces, and names missing rights', async () => {
    missing = ['list deployments.apps in namespace shop'];
    await page.goto('/ui/clusters/from-kubernetes?connection=prod');
    await page.getByRole('textbox', { name: 'Namespaces' }).fill('shop, web');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('list deployments.apps in namespace shop').waitFor();
    await page.waitForURL(/namespace=shop%2Cweb/);
    const ofBoth = /workloads\?namespace=shop(,|%2C)web$/;
    await eventually('they are asked for', async () => ofBoth.test(asked.at(-1)?.url ?? ''));
    expect(await violations(page)).toEqual([]);
  });

  it('shows an error of the connection', async () => {
    await page.unroute('**/connections/prod/workloads**');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.goto('/ui/clusters/from-kubernetes?connection=gone');
    await page.getByText('There is nothing here').waitFor();
    await page.goto('/ui/clusters/from-kubernetes?connection=prod');
    await page.getByText('This cannot be shown').waitFor();
    expect(ada.faults).toEqual([]);
  });

  it('is closed to viewers', async () => {
    await api.post('/users', { username: 'vera', password: PASSWORD, role: 'viewer' });
    const vera = await Person.arrive(browser, system.urls.api);
    await vera.logIn('vera');
    await vera.page.goto('/ui/clusters/from-kubernetes');
    await vera.page.getByText('Viewers cannot create clusters').waitFor();
  });
});
