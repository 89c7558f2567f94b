import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient } from './support/client.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

interface Definition {
  readonly provider: object;
}

describe('the provider form', () => {
  let folder: string;
  let system: System;
  let browser: Browser;
  let api: ApiClient;
  let ada: Person;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-provider-'));
    const servers = [{ id: 'a', state: 'ACTIVE', cpu: 50 }];
    await writeFile(join(folder, 'web.json'), JSON.stringify({ desired: 1, servers }));
    system = await startSystem({
      env: { AUTOSCALER_PROVIDERS_PLUGINS: './examples/provider-file/index.js', PROVIDER_FILE_FOLDER: folder },
    });
    browser = await launchBrowser();
    api = await ApiClient.register(system.urls.api, 'ada');
    ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    ({ page } = ada);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const field = (name: string) => page.getByRole('textbox', { name, exact: true });
  const definition = async (): Promise<Definition> =>
    (await api.get<Definition>(`/clusters/${new URL(page.url()).pathname.split('/')[3]}`)).body;

  it('has the fields that the provider declares, and shows errors beside them', async () => {
    await page.goto('/ui/clusters/new');
    await field('Name').fill('web');
    expect(await field('Servers at first').inputValue()).toBe('3');
    await page.getByRole('combobox', { name: 'Servers and metrics' }).click();
    await page.getByRole('option', { name: 'State in a file' }).click();
    await field('File').fill('../secrets');
    expect(await field('Servers at first').count()).toBe(0);
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByText('file is not valid').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await field('File').fill('web');
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    expect((await definition()).provider).toEqual({ type: 'file', file: 'web' });
  });

  it('takes metrics from another provider where allowed, and changes the provider of a cluster', async () => {
    await page.goto(`${new URL(page.url()).pathname.split('/').slice(0, 4).join('/')}/policy`);
    expect(await field('File').inputValue()).toBe('web');
    await page.getByRole('switch', { name: 'Metrics from another provider' }).click({ force: true });
    await page.getByRole('combobox', { name: 'Servers', exact: true }).click();
    await page.getByRole('option', { name: 'Simulated cloud' }).click();
    await field('Servers at first').fill('4');
    await field('File').fill('web');
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await overflow(page)).toBe(0);
    await page.getByRole('button', { name: 'Save' }).click();
    // As far as the service knows, the file belongs to another cluster.
    await page.getByText('metrics must name the cluster that target names').first().waitFor();
    await page.getByRole('switch', { name: 'Metrics from another provider' }).click({ force: true });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. The next tick obeys.').last().waitFor();
    expect((await definition()).provider).toMatchObject({ type: 'simulator', simulated: { servers: 4 } });
    // The form shows what was saved.
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    expect(await field('Servers at first').inputValue()).toBe('4');
    expect(ada.faults).toEqual([]);
  });
});
