import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { ApiClient } from './support/client.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

let system: System;
let browser: Browser;
let ada: Person;

beforeAll(async () => {
  browser = await launchBrowser();
  system = await startSystem({ speed: 60 });
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

// Each test continues from the end of the previous one.
describe('with nothing to show, the page says why, and recovers on its own:', () => {
  it('a cluster without data yet', async () => {
    const api = await ApiClient.register(system.urls.api, 'ada');
    await system.simulator.stop();
    for (const name of ['unheard', 'another']) {
      await api.post('/clusters', { name, min_servers: 2, max_servers: 9, policy: { threshold: {} } });
    }
    ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    const { page } = ada;
    await page
      .getByRole('row', { name: /unheard/ })
      .getByText('Critical', { exact: true })
      .waitFor();
    await page.getByRole('link', { name: 'unheard' }).click();
    // After several refused connections the circuit breaker opens, which is shown instead.
    const wrong = page.getByText(/ECONNREFUSED|circuit breaker open/).first();
    await page
      .getByText(/Cannot reach the provider|Cluster cannot be used/)
      .first()
      .waitFor();
    await wrong.waitFor();
    await page.getByRole('region', { name: 'Why' }).getByText('No change').waitFor();
    await page.getByText('Nothing was observed in this time.').waitFor();
    await page.getByText('Nothing was heard of its servers yet.').waitFor();
    await page.getByText('The count was not changed in this time.').waitFor();
    await system.simulator.start();
    await wrong.waitFor({ state: 'hidden' });
    await page.getByText('Nothing was observed in this time.').waitFor({ state: 'hidden' });
    await page.getByRole('region', { name: 'Servers' }).getByRole('listitem').first().waitFor();
  });

  it('a page opened while the service is down', async () => {
    const { page } = ada;
    await system.autoscaler.stop();
    await page.getByText('Connection lost').waitFor();
    await page.getByRole('link', { name: 'Operations' }).click();
    await system.autoscaler.start();
    await page.getByRole('heading', { name: 'Operations', level: 1 }).waitFor();
    await page.getByText('The loop').waitFor();
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });

  it('a page opened before, while the service restarts', async () => {
    const { page } = ada;
    await page.goto('/ui/');
    await page.getByRole('link', { name: 'unheard' }).click();
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
    await page.getByRole('link', { name: 'Clusters', exact: true }).first().click();
    await page.getByRole('link', { name: 'another' }).waitFor();
    await system.autoscaler.stop();
    await page.getByText('Connection lost').waitFor();
    // Known data stays; other data is shown as loading.
    await page.getByRole('link', { name: 'another' }).click();
    await page.getByRole('heading', { name: 'The service cannot be reached' }).waitFor();
    await page.getByText('It may be restarting. This page tries again by itself.').waitFor();
    await system.autoscaler.start();
    await page.getByRole('heading', { name: 'another', level: 1 }).waitFor();
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
  });

  it('an error response, with the information for support', async () => {
    const { page } = ada;
    await page.route('**/users', async (route) => {
      if (route.request().resourceType() !== 'fetch') return route.fallback();
      return route.fulfill({
        status: 422,
        contentType: 'application/json',
        body: JSON.stringify({ error: 'cannot load accounts', code: 'no_accounts', trace_id: 'abc' }),
      });
    });
    await page.goto('/ui/operations/users');
    await page.getByRole('heading', { name: 'This cannot be shown' }).waitFor();
    await page.getByText('cannot load accounts').waitFor();
    await page.unroute('**/users');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Accounts', { exact: true }).waitFor();
  });

  it('a part of a page that the service no longer has', async () => {
    const { page } = ada;
    await page.goto('/ui/');
    await page.getByRole('link', { name: 'unheard' }).waitFor();
    await page.route('**/assets/overview-page-*.js', async (route) => route.fulfill({ status: 404 }), { times: 1 });
    await page.getByRole('link', { name: 'unheard' }).click();
    await page.getByRole('heading', { name: 'unheard', level: 1 }).waitFor();
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
  });

  it('logged no page errors', () => {
    expect(ada.faults.filter((fault) => !fault.includes('overview-page-'))).toEqual([]);
  });
});
