import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { violations } from './support/axe.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';

let started: PageSystem;
let page: Page;
let id: string;

beforeAll(async () => {
  started = await startPageSystem();
  ({ page } = started);
  id = await addWebCluster(started.api);
});
afterAll(async () => started?.stop());
afterEach(async () => page.unrouteAll({ behavior: 'ignoreErrors' }));

/** The answer to one path is what `change` makes of it; everything else is as the service says. */
async function answer(path: string, change: (body: Record<string, unknown>) => object): Promise<void> {
  await page.route(
    (url) => url.pathname === path,
    async (route) => {
      if (route.request().resourceType() !== 'fetch') return route.fallback();
      const response = await route.fetch();
      return route.fulfill({ response, json: change((await response.json()) as Record<string, unknown>) });
    },
  );
}

function without(field: string) {
  return (body: Record<string, unknown>): object => ({ ...body, [field]: undefined });
}

const broken = (name: string) => page.getByRole('alert').filter({ hasText: `${name} cannot be shown.` });
const region = (name: string) => page.getByRole('region', { name });

/** What a stack or an engine of JavaScript says; nothing of it is for a reader of the page. */
const RAW = /TypeError|ReferenceError|Cannot (read|destructure)|is not (a function|iterable)|undefined|NaN/;

async function hasNoRawMessage(): Promise<void> {
  expect(await page.locator('body').innerText()).not.toMatch(RAW);
}

describe('an answer that lacks a field', () => {
  it('removes one section of Operations, with a sentence, and it comes back by itself', async () => {
    await answer('/operations', without('loop'));
    await page.goto('/ui/operations');
    await broken('The loop').waitFor();
    await region('What is asked over the network').getByRole('row').nth(1).waitFor();
    await region('Clusters in trouble').getByText('all are collected and scaled').waitFor();
    await page.getByRole('link', { name: 'Audit log' }).waitFor();
    await hasNoRawMessage();
    expect(await violations(page)).toEqual([]);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await region('The loop').getByText('Running').waitFor();
  });

  it('removes the timeline of a cluster, and nothing else', async () => {
    await answer(`/clusters/${id}/timeline`, without('forecasts'));
    await page.goto(`/ui/clusters/${id}`);
    await broken('Timeline').waitFor();
    await page.locator('dl', { hasText: 'Lead time' }).waitFor();
    for (const name of ['Why', 'Scaling events', 'Servers']) await region(name).waitFor();
    await page.getByRole('button', { name: 'Hold' }).waitFor();
    await hasNoRawMessage();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await broken('Timeline').getByRole('button', { name: 'Try again' }).click();
    await region('Timeline').locator('canvas').nth(1).waitFor();
  });

  it('removes the list of clusters, and leaves the way to the other pages', async () => {
    await answer('/clusters/overview', (body) => ({
      ...body,
      clusters: (body['clusters'] as object[]).map((cluster) => ({ ...cluster, state: undefined })),
    }));
    await page.goto('/ui/');
    await page.getByRole('heading', { name: 'This cannot be shown' }).waitFor();
    await hasNoRawMessage();
    await page.getByRole('link', { name: 'Operations' }).click();
    await page.getByRole('heading', { name: 'Operations', level: 1 }).waitFor();
  });
});

describe('an empty answer', () => {
  // The page of a cluster cannot do without its definition; of all other answers it can.
  const PAGES = [
    { path: '', needs: '' },
    { path: '/clusters/ID', needs: '/clusters/ID' },
    { path: '/clusters/ID/trust', needs: '/clusters/ID' },
    { path: '/clusters/ID/backtests', needs: '/clusters/ID' },
    { path: '/clusters/ID/policy', needs: '/clusters/ID' },
    { path: '/connections', needs: '' },
    { path: '/operations', needs: '' },
    { path: '/operations/audit', needs: '' },
    { path: '/operations/users', needs: '' },
  ];

  it.each(PAGES)('of each route that $path asks leaves the page around it', async ({ path, needs }) => {
    const address = `/ui${path.replace('ID', id)}`;
    const asked = new Set<string>();
    const collect = (request: { url: () => string; resourceType: () => string; method: () => string }): void => {
      if (request.resourceType() === 'fetch' && request.method() === 'GET') asked.add(new URL(request.url()).pathname);
    };
    page.on('request', collect);
    await page.goto(address);
    await page.waitForLoadState('networkidle');
    page.off('request', collect);
    const sections = await page.getByRole('main').getByRole('region').count();
    asked.delete('/auth/me');
    expect(asked.size).toBeGreaterThan(0);
    for (const route of asked) {
      await answer(route, () => ({}));
      await page.goto(address);
      await page.waitForLoadState('networkidle');
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
      const [text, left] = [
        await page.locator('body').innerText(),
        await page.getByRole('main').getByRole('region').count(),
      ];
      expect(`${route}: ${text}`).not.toMatch(RAW);
      // A section that cannot be shown has its sentence; pages of one section have the sentence in its place.
      const alone = route === needs.replace('ID', id) || sections <= 1;
      const expected = alone ? left : Math.max(left, sections - 1);
      expect(`${route}: ${left} sections`).toBe(`${route}: ${expected} sections`);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
    }
  });
});
