import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient, PASSWORD } from './support/client.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

const KEY = 'a key that only this test uses';
const NEW_KEY = 'another key that only this test uses';

describe('the connections page', () => {
  let adapter: Server;
  let url: string;
  let system: System;
  let browser: Browser;
  let admin: Person;
  let bob: Person;
  let page: Page;
  /** All responses sent to both pages. */
  const answers: string[] = [];

  beforeAll(async () => {
    const example = '../examples/http-adapter/server.js';
    const { createAdapter } = (await import(example)) as { createAdapter: (key: string, of: object) => Server };
    const servers = ['a', 'b'].map((id) => ({ id, state: 'ACTIVE', cpu: 50 }));
    adapter = createAdapter(KEY, new Map([['web', { desired: 2, limit: 20, servers }]]));
    await new Promise<void>((resolve) => adapter.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(adapter.address() as AddressInfo).port}`;
    system = await startSystem({
      env: { AUTOSCALER_COLLECTOR_ALLOWED_URLS: `${url},${url.replace('127.0.0.1', 'localhost')}` },
    });
    browser = await launchBrowser();
    const api = await ApiClient.register(system.urls.api, 'ada');
    expect((await api.post('/users', { username: 'bob', password: PASSWORD, role: 'operator' })).status).toBe(201);
    admin = await Person.arrive(browser, system.urls.api);
    bob = await Person.arrive(browser, system.urls.api);
    for (const { page: each } of [admin, bob])
      each.on('response', (response) => {
        if (response.url().includes('/connections') && response.request().resourceType() === 'fetch')
          void response.text().then(
            (text) => answers.push(text),
            () => undefined,
          );
      });
    await admin.logIn('ada');
    await bob.logIn('bob');
    ({ page } = bob);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    adapter?.closeAllConnections();
    adapter?.close();
  });

  const row = (of: Page) => of.getByRole('row', { name: /^prod-adapter/ });

  it('stores a connection with the fields that its provider declares, and shows errors beside them', async () => {
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByText('No connections yet').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'New connection' }).click();
    const dialog = page.getByRole('dialog', { name: 'New connection' });
    await dialog.getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: 'HTTP adapter' }).click();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Prod adapter');
    await dialog.getByRole('textbox', { name: 'Adapter' }).fill('http://foreign.example');
    await dialog.getByRole('textbox', { name: 'Hmac key' }).fill(KEY);
    await dialog.getByRole('button', { name: 'Store' }).click();
    await dialog.getByText('Adapter must be listed in collector.allowed_urls').waitFor();
    await dialog.getByText('Name must consist of lower-case letters').waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('prod-adapter');
    await dialog.getByRole('textbox', { name: 'Adapter' }).fill(url);
    await dialog.getByRole('button', { name: 'Store' }).click();
    await row(page).waitFor();
    expect(await row(page).textContent()).toContain('hmac_key');
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await overflow(page)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('tests a connection, and shows the result', async () => {
    await page.getByRole('button', { name: 'Test prod-adapter' }).click();
    await page.getByText('It works').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.waitForURL(({ search }) => search === '');
  });

  it('tests the one that a link names, as the alert of a refused cluster does', async () => {
    await page.goto('/ui/connections?test=prod-adapter');
    await page.getByRole('dialog', { name: 'Test of prod-adapter' }).getByText('It works').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('tells rights apart that are not needed to read, without a warning', async () => {
    const missing = [{ right: 'patch deployments/scale in namespace shop', needed_for: 'acting' }];
    const result = { reachable: true, error: null, tested: true, identity: 'reader', version: '1.35', missing };
    await page.route('**/connections/prod-adapter/test', async (route) => route.fulfill({ json: result }));
    await page.getByRole('button', { name: 'Test prod-adapter' }).click();
    const dialog = page.getByRole('dialog', { name: 'Test of prod-adapter' });
    await dialog.getByText('It works for clusters that only recommend').waitFor();
    expect(await dialog.getByRole('listitem').allTextContents()).toEqual([
      'To read: all rights are there.',
      'To scale: missing patch deployments/scale in namespace shop',
      'To take over from another autoscaler: all rights are there.',
    ]);
    expect(await violations(page)).toEqual([]);
    await page.unroute('**/connections/prod-adapter/test');
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  it('replaces its secrets, which the next test uses', async () => {
    await page.getByRole('button', { name: 'New secrets of prod-adapter' }).click();
    const dialog = page.getByRole('dialog', { name: 'New secrets of prod-adapter' });
    expect(await dialog.getByRole('button', { name: 'Replace' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox', { name: 'Hmac key' }).fill(NEW_KEY);
    await dialog.getByRole('button', { name: 'Replace' }).click();
    await page.getByText('prod-adapter has new secrets').waitFor();
    await page.getByRole('button', { name: 'Test prod-adapter' }).click();
    await page.getByText('Not reachable').waitFor();
    await page.getByText('wrong signature or clock').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  it('edits where it leads, and needs the secrets again for another address', async () => {
    const moved = url.replace('127.0.0.1', 'localhost');
    await page.getByRole('button', { name: 'Edit prod-adapter' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit prod-adapter' });
    const address = dialog.getByRole('textbox', { name: 'Adapter' });
    expect(await address.inputValue()).toBe(url);
    await address.fill(moved);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('must be given again where the address changes').first().waitFor();
    await dialog.getByRole('switch', { name: 'Replace all secrets' }).click({ force: true });
    await dialog.getByRole('textbox', { name: 'Hmac key' }).fill(KEY);
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('prod-adapter is changed').waitFor();
    await page.getByRole('button', { name: 'Test prod-adapter' }).click();
    await page.getByText('It works').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  it('accepts a pasted kubeconfig, and shows what it rejects', async () => {
    await page.getByRole('button', { name: 'New connection' }).click();
    const dialog = page.getByRole('dialog', { name: 'New connection' });
    await dialog.getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: 'Kubernetes' }).click();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('pasted');
    await dialog
      .getByText("its URL; must be listed in collector.allowed_urls of the service's configuration")
      .waitFor();
    await dialog.getByRole('textbox', { name: 'API server' }).fill('https://192.0.2.1:6443');
    await dialog.getByRole('button', { name: 'Store' }).click();
    await dialog
      .getByText(/^API server must be listed in collector\.allowed_urls: add https:\/\/192\.0\.2\.1:6443 there in the/)
      .waitFor();
    await dialog.getByRole('switch', { name: 'Paste: Kubeconfig' }).click({ force: true });
    expect(await dialog.getByRole('textbox', { name: 'API server' }).count()).toBe(0);
    await dialog.getByRole('textbox', { name: 'Kubeconfig' }).fill('kind: Config\nfoo: bar\n');
    await dialog.getByRole('button', { name: 'Store' }).click();
    await dialog.getByText('Kubeconfig must not have foo:').waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('offers it in the cluster form', async () => {
    await page.goto('/ui/clusters/new/simulator');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('web');
    await page.getByRole('combobox', { name: 'Servers and metrics' }).click();
    await page.getByRole('option', { name: 'HTTP adapter' }).click();
    await page.getByRole('combobox', { name: 'Connection' }).click();
    await page.getByRole('option', { name: 'prod-adapter' }).click();
    await page.getByRole('textbox', { name: 'Cluster ID' }).fill('web');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
  });

  it('lets admins share it, and deletes it when no cluster uses it', async () => {
    expect(await bob.page.getByRole('button', { name: 'Share prod-adapter' }).count()).toBe(0);
    await admin.page.goto('/ui/connections');
    await admin.page.getByRole('button', { name: 'Share prod-adapter' }).click();
    await row(admin.page).getByText('shared', { exact: true }).waitFor();
    await admin.page.getByRole('button', { name: 'Delete prod-adapter' }).click();
    await admin.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await admin.page.getByText('is used by the cluster web').waitFor();
    expect(await row(admin.page).count()).toBe(1);
  });

  it('never receives a secret', () => {
    expect(answers.some((text) => text.includes('hmac_key'))).toBe(true);
    expect(answers.join('\n')).not.toMatch(/key that only this test uses/);
    expect([...admin.faults, ...bob.faults]).toEqual([]);
  });
});
