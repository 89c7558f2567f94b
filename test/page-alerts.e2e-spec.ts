import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { overflow, violations } from './support/axe.js';
import { ApiClient, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';

let tested: PageSystem;
let page: Page;
let id: string;

interface Definition {
  readonly min_servers: number;
  readonly max_servers: number;
  readonly status: string;
  readonly hold: object | null;
}

beforeAll(async () => {
  tested = await startPageSystem();
  ({ page } = tested);
  const { api } = tested;
  const { body } = await api.post<{ id: string }>('/clusters', {
    name: 'small',
    min_servers: 2,
    max_servers: 4,
    config: { interval: '1s' },
    cost: { per_server_hour: 0.5, currency: 'EUR' },
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '1h' } },
    provider: { type: 'simulator', simulated: { servers: 4, base_cpu: 55, variance: 1 } },
  });
  ({ id } = body);
  await eventually('its servers are known', async () => {
    const status = await api.get<{ servers: { active: number } | null }>(`/clusters/${id}/status`);
    return status.body.servers?.active === 4;
  });
  await api.post(`/clusters/${id}/simulation/spike`, { cpu_target: 240, duration: '10h', ramp_up: '1s' });
  await eventually('it needs more than its limit', async () => {
    const { body: list } = await api.get<{ alerts: { code: string; until: string | null }[] }>(
      `/clusters/${id}/alerts`,
    );
    return list.alerts.some(({ code, until }) => code === 'unmet_demand' && until === null);
  });
});
afterAll(async () => tested?.stop());

const definition = async (): Promise<Definition> => (await tested.api.get<Definition>(`/clusters/${id}`)).body;
const atLimit = (of: Page = page): Locator =>
  of.getByRole('list', { name: 'What holds now' }).getByRole('listitem').filter({ hasText: 'At its limit' });
const topOf = async (locator: Locator): Promise<number> => (await locator.boundingBox())?.y ?? Number.NaN;

// One story: the limit is raised at its end.
describe('an active alert', () => {
  it('comes before the figures, and is not repeated in the head', async () => {
    await page.goto(`/ui/clusters/${id}`);
    await atLimit()
      .getByText(/(May need|Needs at least) \d+ servers, limit is 4/)
      .waitFor();
    expect(await topOf(atLimit())).toBeLessThan(await topOf(page.locator('dl', { hasText: 'Lead time' })));
    expect(await page.getByText(/(May need|Needs at least) \d+ servers, limit is 4/).count()).toBe(1);
  });

  it.each([1440, 390, 320])('fits a window of %i pixels, and axe finds no violations', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await atLimit()
      .getByRole('button', { name: /^Raise to/ })
      .waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('has no actions for a viewer, who cannot change the bounds either', async () => {
    const username = 'vera';
    await tested.api.post('/users', { username, password: PASSWORD, role: 'viewer' });
    await ApiClient.login(tested.system.urls.api, username);
    const vera = await Person.arrive(tested.browser, tested.system.urls.api);
    await vera.logIn(username);
    await vera.page.goto(`/ui/clusters/${id}`);
    await atLimit(vera.page).waitFor();
    expect(await atLimit(vera.page).getByRole('button').count()).toBe(0);
    const head = vera.page.getByRole('main').locator('header');
    await head.getByText('2 to 4 servers').waitFor();
    expect(await head.getByRole('button').count()).toBe(0);
    await vera.context.close();
  });

  it('offers the raise first, and then a hold, which asks before anything is held', async () => {
    expect(await atLimit().getByRole('button').allTextContents()).toEqual([
      expect.stringMatching(/^Raise to \d+ servers$/),
      'Hold',
    ]);
    await atLimit().getByRole('button', { name: 'Hold' }).click();
    await page.getByRole('dialog', { name: 'Hold a count by hand' }).waitFor();
    await page.keyboard.press('Escape');
    expect((await definition()).hold).toBeNull();
  });

  it('raises the limit to what is needed in two clicks, and says what that costs', async () => {
    const raise = atLimit().getByRole('button', { name: /^Raise to \d+ servers$/ });
    const needed = Number.parseInt(((await raise.textContent()) ?? '').replace(/\D+/, ''), 10);
    expect(needed).toBeGreaterThan(4);
    await raise.click();
    const dialog = page.getByRole('dialog', { name: 'Bounds of small' });
    await dialog.getByText('The servers are full, so more may be needed than can be measured.').waitFor();
    const confirm = dialog.getByRole('button', { name: /^Raise to \d+ servers$/ });
    await confirm.waitFor();
    const chosen = Number(await dialog.getByRole('textbox', { name: 'Maximum' }).inputValue());
    await dialog.getByText(`At most they cost €${(chosen / 2).toFixed(2)} an hour, now €2.00.`).waitFor();
    expect(await violations(page)).toEqual([]);
    expect((await definition()).max_servers).toBe(4);
    await confirm.click();
    await page.getByText(`small may have 2 to ${chosen} servers.`).waitFor();
    expect((await definition()).max_servers).toBe(chosen);
  });
});

describe('the bounds in the head', () => {
  const dialog = () => page.getByRole('dialog', { name: 'Bounds of small' });
  const open = async () =>
    page
      .getByRole('main')
      .locator('header')
      .getByRole('button', { name: /^\d+ to \d+/ })
      .click();

  it('are changed with two clicks, and the form says what is wrong with them', async () => {
    await open();
    await dialog().getByRole('textbox', { name: 'Minimum' }).fill('90');
    await dialog().getByRole('textbox', { name: 'Maximum' }).fill('80');
    await dialog().getByRole('button', { name: 'Set 90 to 80 servers' }).click();
    await dialog().getByText('Minimum (90) must not be greater than Maximum (80)').first().waitFor();
    await dialog().getByRole('textbox', { name: 'Minimum' }).fill('2');
    await dialog().getByRole('button', { name: 'Raise to 80 servers' }).click();
    await page.getByText('small may have 2 to 80 servers.').waitFor();
    expect(await definition()).toMatchObject({ min_servers: 2, max_servers: 80 });
  });

  it('ask once more before they remove more than half of the servers', async () => {
    await eventually('it has grown', async () => {
      const { body } = await tested.api.get<{ desired_servers: number }>(`/clusters/${id}/status`);
      return body.desired_servers > 8;
    });
    await open();
    await dialog().getByRole('textbox', { name: 'Maximum' }).fill('3');
    await dialog().getByRole('button', { name: 'Set 2 to 3 servers' }).click();
    await dialog()
      .getByRole('alert')
      .getByText(/^Remove \d+ of \d+ servers\?$/)
      .waitFor();
    expect((await definition()).max_servers).toBe(80);
    await page.keyboard.press('Escape');
  });
});

describe('a long form', () => {
  it.each([1440, 390])('shows Save without scrolling, in a window of %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 700 });
    for (const [path, name] of [
      [`/ui/clusters/${id}/policy`, 'Save'],
      ['/ui/clusters/new/simulator', 'Create cluster'],
    ] as const) {
      await page.goto(path);
      const button = page.getByRole('button', { name });
      await button.waitFor();
      const box = await button.boundingBox();
      expect(box === null ? Number.NaN : box.y + box.height).toBeLessThanOrEqual(700);
      expect(await page.evaluate('document.documentElement.scrollHeight')).toBeGreaterThan(700);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await violations(page)).toEqual([]);
    }
    expect(tested.ada.faults).toEqual([]);
  });
});
