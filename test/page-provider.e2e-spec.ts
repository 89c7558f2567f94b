import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
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

  it('is chosen first, from what the service can scale', async () => {
    await page.goto('/ui/');
    await page.getByRole('link', { name: 'New cluster' }).click();
    await page.getByText('What stands behind it?').waitFor();
    expect(await page.getByRole('main').getByRole('listitem').getByRole('link').allTextContents()).toEqual([
      'Add from Kubernetes',
      'describe one by hand',
      'Prometheus',
      'AWS Auto Scaling group',
      'HTTP adapter',
      'KEDA',
      'State in a file',
      'Simulated cloud',
    ]);
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await violations(page)).toEqual([]);
    }
  });

  it.each([
    ['describe one by hand', ['Servers and metrics', 'Kubernetes'], 'kubernetes'],
    ['Prometheus', ['Servers', 'Kubernetes'], 'prometheus'],
    ['AWS Auto Scaling group', ['Servers and metrics', 'AWS Auto Scaling group'], 'aws_asg'],
    ['HTTP adapter', ['Servers and metrics', 'HTTP adapter'], 'http'],
    ['KEDA', ['Servers', 'KEDA'], 'keda'],
  ])('%s leads to its form, whose servers are not called simulated', async (card, [label, title], type) => {
    await page.goto('/ui/clusters/new');
    await page.getByRole('link', { name: card }).click();
    await page.getByRole('button', { name: 'Create cluster' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/ui/clusters/new/${type}`);
    expect(await page.getByRole('combobox', { name: label!, exact: true }).inputValue()).toBe(title);
    expect(await page.getByRole('main').textContent()).not.toMatch(/simulat/i);
    await page.getByRole('link', { name: 'Choose another provider' }).click();
    await page.getByText('What stands behind it?').waitFor();
  });

  it('leads to a new connection of its type, and keeps the draft', async () => {
    await page.goto('/ui/clusters/new/http');
    await field('Name').fill('behind an adapter');
    await page.getByRole('link', { name: 'Store one first.' }).click();
    await page.getByRole('button', { name: 'Leave, keep the draft' }).click();
    const dialog = page.getByRole('dialog', { name: 'New connection' });
    expect(await dialog.getByRole('combobox', { name: 'Type' }).inputValue()).toBe('HTTP adapter');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.goBack();
    await eventually('the draft is there', async () => (await field('Name').inputValue()) === 'behind an adapter');
    await field('Name').fill('');
  });

  it('says which servers exist only in the simulator', async () => {
    await page.goto('/ui/clusters/new');
    await page.getByRole('link', { name: 'Simulated cloud' }).click();
    await page.getByText('These servers exist only in the simulator.').waitFor();
    await page.setViewportSize({ width: 320, height: 900 });
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('has the fields that the provider declares, and shows errors beside them', async () => {
    await page.goto('/ui/clusters/new/simulator');
    expect(await field('Servers at first').inputValue()).toBe('3');
    await page.getByRole('combobox', { name: 'Servers and metrics' }).click();
    await page.getByRole('option', { name: 'State in a file' }).click();
    await field('File').fill('../secrets');
    expect(await field('Servers at first').count()).toBe(0);
    await page.getByRole('button', { name: 'Create cluster' }).click();
    // Together with the errors of other fields.
    await page.getByText('file is not valid').first().waitFor();
    await page.getByText('Name must have 1 to 100 characters').waitFor();
    await page.getByText('Nothing was changed: 2 fields are wrong.').waitFor();
    await field('Name').fill('web');
    expect(await violations(page)).toEqual([]);
    await field('File').fill('web');
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    expect((await definition()).provider).toEqual({ type: 'file', file: 'web' });
    await page.getByRole('button', { name: 'Hold', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Simulate' }).count()).toBe(0);
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
