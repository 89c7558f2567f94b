import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, CDPSession, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

const TRACKING = { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '2s' };

let system: System;
let browser: Browser;
let ada: Person;
let api: ApiClient;
let id: string;

beforeAll(async () => {
  browser = await launchBrowser();
  system = await startSystem({ speed: 60, provisioning: '30s' });
  api = await ApiClient.register(system.urls.api, 'ada');
  id = await cluster('acting', { target_tracking: TRACKING });
  ada = await Person.arrive(browser, system.urls.api);
  await ada.logIn('ada');
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function cluster(name: string, policy: object): Promise<string> {
  const body = { name, min_servers: 2, max_servers: 20, policy };
  return (await api.post<{ id: string }>('/clusters', body)).body.id;
}

async function spike(clusterId: string): Promise<void> {
  await eventually('there are servers to load', async () => {
    const { body } = await api.get<{ servers: { active: number } | null }>(`/clusters/${clusterId}/status`);
    return (body.servers?.active ?? 0) > 0;
  });
  await api.post(`/clusters/${clusterId}/simulation/spike`, { cpu_target: 97, duration: '10m' });
}

/** First and last time in the URL, in milliseconds since the epoch. */
function shown(page: Page): readonly [number, number] {
  const { searchParams } = new URL(page.url());
  return [Date.parse(searchParams.get('from') ?? ''), Date.parse(searchParams.get('to') ?? '')];
}

/** The address of a range that ends now; a live one would begin with the young cluster. */
function lastOf(ms: number): string {
  const now = Date.now();
  const [from, to] = [now - ms, now].map((time) => new Date(time).toISOString());
  return `/ui/clusters/${id}?from=${from}&to=${to}`;
}

/** The visible range, once it has changed. */
async function moved(page: Page, before: readonly [number, number]): Promise<readonly [number, number]> {
  return eventually('the axis has moved', async () => {
    const now = shown(page);
    return Promise.resolve(now[0] > 0 && now[0] !== before[0] ? now : undefined);
  });
}

/** The top panel, without its axis labels. */
function plot(page: Page): Locator {
  return page.locator('.u-over').first();
}

async function box(page: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  await plot(page).scrollIntoViewIfNeeded();
  const found = await plot(page).boundingBox();
  if (found === null) throw new Error('there is no plot');
  return found;
}

const marks = (page: Page): Locator =>
  page.getByRole('group', { name: 'Scaling events on the axis' }).getByRole('button');

describe('marks on the axis', () => {
  it('are hollow for recommendations, and open the explanation', async () => {
    const { page } = ada;
    const recommends = await cluster('recommends', { mode: 'recommend', target_tracking: TRACKING });
    await spike(recommends);
    await page.goto(`/ui/clusters/${recommends}?range=5m`);
    const hollow = marks(page).filter({ hasText: /[△▽]/ });
    await hollow.first().waitFor();
    expect(await marks(page).filter({ hasText: /[▲▼]/ }).count()).toBe(0);
    expect(await hollow.first().getAttribute('aria-label')).toMatch(/Only recommended: \d+ → \d+/);
    await hollow.first().click();
    const explanation = page.getByRole('dialog', { name: 'Why it decided so' });
    await explanation.getByText('only recommended').waitFor();
    await page.keyboard.press('Escape');
    const { body } = await api.get<{ events: unknown[] }>(`/clusters/${recommends}/events`);
    expect(body.events).toEqual([]);
    // The recommended count is not the desired one.
    const { body: status } = await api.get<{ desired_servers: number }>(`/clusters/${recommends}/status`);
    const legend = page.getByRole('region', { name: 'Timeline' }).locator('dl > div').filter({ hasText: 'Desired' });
    expect(await legend.textContent()).toBe(`Desired${status.desired_servers}`);
  });

  it('are hollow for a candidate, next to the filled ones of the acting policy', async () => {
    const { page } = ada;
    const tried = await cluster('tries', {
      target_tracking: { ...TRACKING, metrics: [{ metric: 'cpu', target: 80 }] },
    });
    await api.put(`/clusters/${tried}/candidate`, { policy: { target_tracking: TRACKING } });
    await spike(tried);
    // The page loads decisions and events when it is opened, and then only after a while.
    await eventually('both would scale', async () => {
      const trial = await api.get<{ count: number }>(
        `/clusters/${tried}/decisions?policy_role=candidate&action=SCALE_UP`,
      );
      return trial.body.count > 0 && (await api.get<{ count: number }>(`/clusters/${tried}/events`)).body.count > 0;
    });
    await page.goto(`/ui/clusters/${tried}?range=5m`);
    const hollow = marks(page).filter({ hasText: /[△▽]/ });
    await hollow.first().waitFor();
    await marks(page).filter({ hasText: /[▲▼]/ }).first().waitFor();
    expect(await hollow.first().getAttribute('aria-label')).toMatch(/On trial: \d+ → \d+/);
  });
});

describe('the time axis', () => {
  beforeAll(async () => {
    await ada.page.goto(lastOf(15 * 60_000));
    await ada.page.getByText('one point per').waitFor();
  });

  it('zooms around the pointer with Ctrl and the wheel, and moves with horizontal scrolling', async () => {
    const { page } = ada;
    const { x, y, width, height } = await box(page);
    const before = shown(page);
    await page.mouse.move(x + width / 4, y + height / 2);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -200);
    await page.keyboard.up('Control');
    const zoomed = await moved(page, before);
    expect(zoomed[1] - zoomed[0]).toBeCloseTo(15 * 60_000 * Math.exp(-0.8), -3);
    await page.mouse.wheel(-width / 2, 0);
    const back = await moved(page, zoomed);
    expect(back[1] - back[0]).toBeCloseTo(zoomed[1] - zoomed[0], -2);
    expect((zoomed[0] - back[0]) / (zoomed[1] - zoomed[0])).toBeCloseTo(0.5, 1);
  });

  it('lets vertical scrolling scroll the page', async () => {
    const { page } = ada;
    const { x, y, width, height } = await box(page);
    await page.evaluate('scrollTo(0, 0)');
    await page.mouse.move(x + width / 2, y + height / 2);
    const before = shown(page);
    await page.mouse.wheel(0, 120);
    await eventually('the page has scrolled', async () => Number(await page.evaluate('scrollY')) > 0);
    expect(shown(page)).toEqual(before);
  });

  it('shows the range selected with a mouse, and moves with Shift', async () => {
    const { page } = ada;
    await page.evaluate('scrollTo(0, 0)');
    const { x, y, width, height } = await box(page);
    const before = shown(page);
    await page.mouse.move(x + width * 0.25, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.75, y + height / 2, { steps: 5 });
    await page.mouse.up();
    const marked = await moved(page, before);
    expect((marked[1] - marked[0]) / (before[1] - before[0])).toBeCloseTo(0.5, 1);
    expect((marked[0] - before[0]) / (before[1] - before[0])).toBeCloseTo(0.25, 1);
    await page.keyboard.down('Shift');
    await page.mouse.move(x + width * 0.2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 5 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    const dragged = await moved(page, marked);
    expect(dragged[1] - dragged[0]).toBeCloseTo(marked[1] - marked[0], -2);
    expect((marked[0] - dragged[0]) / (marked[1] - marked[0])).toBeCloseTo(0.4, 1);
  });

  it('shows the values at the pointer', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Back to live' }).click();
    await page.getByText('5 min', { exact: true }).click();
    await page.waitForURL(/range=5m/);
    const moment = page.getByRole('region', { name: 'Timeline' }).locator('dl');
    await moment.getByText('Now', { exact: true }).waitFor();
    const { x, y, width, height } = await box(page);
    await page.mouse.move(x + width * 0.9, y + height / 2);
    await moment.getByText('At', { exact: true }).waitFor();
    for (const name of ['Demand', 'Active', 'Utilization', 'Desired']) {
      const value = await moment.locator('div', { hasText: name }).locator('dd').textContent();
      expect(`${name} ${value}`).toMatch(/ \d/);
    }
    await page.mouse.move(5, 5);
    await moment.getByText('Now', { exact: true }).waitFor();
  });

  it.each([
    ['5 min', 5, 1],
    ['15 min', 15, 1.5],
    ['1 h', 60, 6],
    ['6 h', 360, 36],
    ['24 h', 1440, 144],
    ['7 d', 10_080, 1008],
    ['30 d', 43_200, 4320],
  ])('shows %s in a few hundred points', async (range, minutes, least) => {
    const { page } = ada;
    await page.goto(lastOf(minutes * 60_000));
    const resolution = page.getByText('one point per');
    const seconds = await eventually(`${range} is shown`, async () => {
      const [, count, unit = ''] = /per ([\d.]+) (s|min|h)/.exec((await resolution.textContent()) ?? '') ?? [];
      const step = Number(count) * ({ s: 1, min: 60, h: 3600 }[unit] ?? NaN);
      return step >= least * 0.6 && step <= least * 2.1 + 1 ? step : undefined;
    });
    expect(seconds).toBeGreaterThan(0);
  });
});

describe('a range without observations', () => {
  it('says so, also while live data arrives', async () => {
    const { page } = ada;
    await page.goto(`/ui/clusters/${id}?from=2026-01-05T00:00:00Z&to=2026-01-05T01:00:00Z`);
    const now = page.locator('dl', { hasText: 'Desired' });
    await now.getByText(/^\d\d:\d\d:\d\d$/).waitFor();
    expect(await page.getByText('Nothing was observed in this time.').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Back to live' }).click();
    await page.getByText('Nothing was observed in this time.').waitFor({ state: 'hidden' });
  });
});

describe('the time axis under fingers', () => {
  let person: Person;
  let touch: CDPSession;

  beforeAll(async () => {
    person = await Person.arrive(browser, system.urls.api, { viewport: { width: 390, height: 844 }, hasTouch: true });
    await person.logIn('ada');
    const { page } = person;
    touch = await person.context.newCDPSession(page);
    const now = Date.now();
    const [from, to] = [new Date(now - 3_600_000).toISOString(), new Date(now - 1_800_000).toISOString()];
    await page.goto(`/ui/clusters/${id}?from=${from}&to=${to}`);
    await page.getByText('one point per').waitFor();
  });
  afterAll(async () => person?.context.close());

  async function fingers(
    type: 'touchStart' | 'touchMove' | 'touchEnd',
    points: { x: number; y: number }[],
  ): Promise<void> {
    await touch.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  }

  it('moves with one', async () => {
    const { page } = person;
    const { x, y, width, height } = await box(page);
    const before = shown(page);
    const at = (share: number): { x: number; y: number } => ({ x: x + width * share, y: y + height / 2 });
    await fingers('touchStart', [at(0.2)]);
    for (const share of [0.3, 0.45, 0.7]) await fingers('touchMove', [at(share)]);
    await fingers('touchEnd', []);
    const after = await moved(page, before);
    expect(after[1] - after[0]).toBe(before[1] - before[0]);
    expect((before[0] - after[0]) / (before[1] - before[0])).toBeCloseTo(0.5, 1);
  });

  it('zooms with two', async () => {
    const { page } = person;
    const { x, y, width, height } = await box(page);
    const before = shown(page);
    const at = (...shares: number[]) => shares.map((share) => ({ x: x + width * share, y: y + height / 2 }));
    await fingers('touchStart', at(0.4, 0.6));
    await fingers('touchMove', at(0.35, 0.65));
    await fingers('touchMove', at(0.3, 0.7));
    await fingers('touchEnd', []);
    const after = await moved(page, before);
    expect((after[1] - after[0]) / (before[1] - before[0])).toBeCloseTo(0.5, 1);
    expect((after[0] + after[1]) / 2).toBeCloseTo((before[0] + before[1]) / 2, -5);
  });

  it('logged no page errors', () => {
    expect([...person.faults, ...ada.faults]).toEqual([]);
  });
});
