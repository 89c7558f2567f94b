import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

/** As long as names of Kubernetes often are, and without a place to break it. */
const BY = 'HorizontalPodAutoscaler storefront-checkout-payments-production-eu-central-1';

/** The example of a plugin, beside which another autoscaler wants what a file says. */
const PLUGIN = `
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import file from ${JSON.stringify(resolve('examples/provider-file/index.js'))};
const wanted = async () => JSON.parse(await readFile(join(process.env.PROVIDER_FILE_FOLDER, 'theirs.json'), 'utf8'));
const open = (...given) => {
  const session = file.open(...given);
  const read = async (...asked) => {
    const theirs = await wanted();
    return new Map([...(await session.read(...asked))].map(([id, reading]) => [id, { ...reading, theirs }]));
  };
  return { ...session, read };
};
export default { ...file, open };
`;

describe('the page of a cluster that another autoscaler scales, too', () => {
  let folder: string;
  let system: System;
  let browser: Browser;
  let ada: Person;
  let page: Page;
  let api: ApiClient;
  let id: string;

  const wants = async (theirs: object | null): Promise<void> => {
    await writeFile(join(folder, 'theirs.new'), JSON.stringify(theirs));
    await rename(join(folder, 'theirs.new'), join(folder, 'theirs.json'));
  };

  beforeAll(async () => {
    browser = await launchBrowser();
    folder = await mkdtemp(join(tmpdir(), 'theirs-e2e-'));
    const plugin = join(folder, 'plugin.mjs');
    await writeFile(plugin, PLUGIN);
    const servers = ['a', 'b', 'c'].map((name) => ({ id: name, state: 'ACTIVE', cpu: 50 }));
    await writeFile(join(folder, 'web.json'), JSON.stringify({ desired: 3, limit: 20, servers }));
    await wants(null);
    system = await startSystem({ env: { AUTOSCALER_PROVIDERS_PLUGINS: plugin, PROVIDER_FILE_FOLDER: folder } });
    api = await ApiClient.register(system.urls.api, 'ada');
    ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    ({ page } = ada);
    const { body } = await api.post<{ id: string }>('/clusters', {
      name: 'web',
      min_servers: 1,
      max_servers: 20,
      config: { interval: '500ms' },
      provider: { type: 'file', file: 'web' },
      policy: { mode: 'recommend', target_tracking: { metrics: [{ metric: 'cpu', target: 50 }] } },
    });
    ({ id } = body);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const legend = (): ReturnType<Page['locator']> => page.getByRole('region', { name: 'Timeline' }).locator('dl > div');
  const ofTheirs = () => legend().filter({ hasText: BY });

  /** Pixels of their line in all panels. */
  async function drawn(): Promise<number> {
    return page.evaluate(`(() => {
      const probe = document.createElement('canvas').getContext('2d');
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--theirs').trim();
      probe.fillRect(0, 0, 1, 1);
      const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
      let found = 0;
      for (const canvas of document.querySelectorAll('section[aria-label="Timeline"] canvas')) {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        for (let at = 0; at < data.length; at += 4)
          if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) found += 1;
      }
      return found;
    })()`);
  }

  it('has no line and no legend of it while there is none', async () => {
    await page.goto(`/ui/clusters/${id}?range=5m`);
    await legend().filter({ hasText: 'Desired' }).filter({ hasText: '3' }).waitFor();
    expect(await legend().filter({ hasText: 'Autoscaler' }).count()).toBe(0);
    expect(await drawn()).toBe(0);
  });

  it('draws what it wants as it changes, and names it in the legend', async () => {
    await wants({ by: BY, desired: 7 });
    await ofTheirs().filter({ hasText: /7$/ }).waitFor();
    await wants({ by: BY, desired: 9 });
    await ofTheirs().filter({ hasText: /9$/ }).waitFor();
    await eventually('it is drawn', async () => (await drawn()) > 0);
    const slider = page.getByRole('slider', { name: 'Moment on the time axis' });
    expect(await slider.getAttribute('aria-valuetext')).toContain(`9 wanted by ${BY}`);
    await page.reload();
    await ofTheirs().filter({ hasText: /9$/ }).waitFor();
    await eventually('it is drawn from what is stored', async () => (await drawn()) > 0);
  });

  it('explains a decision beside what was recorded of it', async () => {
    await page.getByRole('button', { name: 'Explain' }).click();
    const others = page.getByRole('region', { name: 'What others would have done' });
    const theirs = others.getByRole('listitem').filter({ hasText: BY });
    expect(await theirs.textContent()).toMatch(/\+6\s*9/);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it.each([320, 1440])('fits into %d pixels, and axe finds nothing', async (width) => {
    // Off the tools, which have tooltips.
    await page.mouse.move(0, 0);
    await page.setViewportSize({ width, height: 900 });
    await page.getByRole('tooltip').waitFor({ state: 'hidden' });
    await ofTheirs().waitFor();
    // The space for a scrollbar is negative.
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    expect(ada.faults).toEqual([]);
  });
});
