import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflow, violations } from './support/axe.js';
import { ApiClient, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';

let tested: PageSystem;
let page: Page;
let id: string;

beforeAll(async () => {
  tested = await startPageSystem();
  ({ page } = tested);
  id = await addWebCluster(tested.api);
  await tested.api.post('/clusters', { name: 'old shop', min_servers: 1, max_servers: 2, status: 'paused' });
});
afterAll(async () => tested?.stop());

const dialog = (of: Page = page) => of.getByRole('dialog', { name: 'Go to, or do' });
const field = (of: Page = page) => dialog(of).getByRole('combobox', { name: 'Search clusters, actions and pages' });
const options = (of: Page = page) => dialog(of).getByRole('option');

async function open(path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await field().waitFor();
}

/** The option that a screen reader announces, while the focus stays in the field. */
async function announced(): Promise<string> {
  const active = await field().getAttribute('aria-activedescendant');
  const option = page.locator(`[id="${active}"][aria-selected="true"]`);
  return ((await option.count()) === 1 ? await option.textContent() : null) ?? '';
}

async function settled(starts: string): Promise<void> {
  await eventually(`${starts} is announced`, async () => (await announced()).startsWith(starts));
}

describe('the palette', () => {
  it('leads to a cluster with the keyboard alone', async () => {
    await open('/ui/');
    await field().fill('web');
    await settled('web');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    expect(await dialog().count()).toBe(0);
  });

  it('announces the option that the arrows reach, from end to start, too', async () => {
    await open('/ui/');
    await field().fill('o');
    await dialog().getByRole('group', { name: 'Clusters' }).getByText('old shop').waitFor();
    await dialog().getByText('Paused', { exact: true }).waitFor();
    await settled('old shop');
    const [first, second] = await options().allTextContents();
    await page.keyboard.press('ArrowDown');
    await settled(second ?? '-');
    await page.keyboard.press('ArrowUp');
    await settled(first ?? '-');
    await page.keyboard.press('ArrowUp');
    await settled((await options().allTextContents()).at(-1) ?? '-');
    await field().fill('nothing is called so');
    await dialog().getByRole('status').getByText('Nothing is called “nothing is called so”.').waitFor();
    await page.keyboard.press('Enter');
    expect(await dialog().count()).toBe(1);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
  });

  it('opens what can be done with the cluster of the page, and nothing else is done by that', async () => {
    await open(`/ui/clusters/${id}/trust`);
    for (const [text, title] of [
      ['hold', 'Hold a count by hand'],
      ['bounds', 'Bounds of web'],
      ['pause', 'Pause web?'],
    ] as const) {
      await field().fill(text);
      await eventually('the action is announced', async () => (await announced()).endsWith(' web'));
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: title }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: title }).waitFor({ state: 'hidden' });
      await page.keyboard.press('Control+k');
      await field().waitFor();
    }
    await page.keyboard.press('Escape');
    expect((await tested.api.get(`/clusters/${id}`)).body).toMatchObject({ status: 'active', hold: null });
  });

  it('pauses in two steps, and resumes in one', async () => {
    const status = async () => (await tested.api.get<{ status: string }>(`/clusters/${id}`)).body.status;
    await open(`/ui/clusters/${id}`);
    await field().fill('pause');
    await settled('Pause web');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Pause web?' }).getByRole('button', { name: 'Pause' }).click();
    await eventually('it is paused', async () => (await status()) === 'paused');
    await page.getByText('Paused: watched, not scaled.').waitFor();
    await page.keyboard.press('Control+k');
    await field().fill('resume');
    await settled('Resume web');
    await page.keyboard.press('Enter');
    await eventually('it is active', async () => (await status()) === 'active');
  });

  it('leads to pages, also with the mouse', async () => {
    await page.goto('/ui/');
    await page.getByRole('button', { name: /^Find or do/ }).click();
    await dialog().getByRole('option', { name: 'Operations' }).click();
    await page.waitForURL(/\/ui\/operations$/);
  });

  it('offers viewers only what they may do', async () => {
    await tested.api.post('/users', { username: 'vera', password: PASSWORD, role: 'viewer' });
    await ApiClient.login(tested.system.urls.api, 'vera');
    const vera = await Person.arrive(tested.browser, tested.system.urls.api);
    await vera.logIn('vera');
    await vera.page.goto(`/ui/clusters/${id}`);
    await vera.page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    await vera.page.keyboard.press('Control+k');
    await dialog(vera.page).getByRole('option', { name: 'Trust of web' }).waitFor();
    const offered = await options(vera.page).allTextContents();
    expect(offered.filter((each) => /^(Hold|Change|Pause|New|Add|Users|Audit)/.test(each))).toEqual([]);
    await vera.context.close();
  });

  it.each([1440, 390, 320])('fits a window of %i pixels, and axe finds no violations', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await open(`/ui/clusters/${id}`);
    await dialog().getByRole('option', { name: 'All clusters' }).waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});

describe('the keys', () => {
  it('are shown with ?, and axe finds no violations', async () => {
    await page.goto('/ui/');
    await page.getByRole('heading', { name: 'Clusters', level: 1 }).waitFor();
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await keys.getByText('Find a cluster, an action or a page').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'hidden' });
  });

  it('are text in a field', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('?');
    expect(await page.getByRole('textbox', { name: 'Search clusters' }).inputValue()).toBe('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(tested.ada.faults).toEqual([]);
  });
});
