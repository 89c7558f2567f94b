import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflow } from './support/axe.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';
import { collectDrawnTexts, faultyTexts } from './support/texts.js';

const LONG = `checkout-${'x'.repeat(60)} in Europe`;
const WIDTHS = [320, 390, 768, 1440] as const;

let started: PageSystem;
let ada: Person;
let page: Page;
let id: string;
let named: string;
let backtest: string;
let decision: string;

beforeAll(async () => {
  started = await startPageSystem();
  ({ ada, page } = started);
  await collectDrawnTexts(ada.context);
  const { api, system } = started;
  await ApiClient.register(system.urls.api, 'a_colleague_with_a_name_of_forty_characters');
  id = await addWebCluster(api);
  // It needs more servers than it may have, so that it has alerts.
  const limited = { name: LONG, min_servers: 1, max_servers: 2, policy: { threshold: {} } };
  const provider = { type: 'simulator', simulated: { servers: 2, base_cpu: 99 } };
  named = (await api.post<{ id: string }>('/clusters', { ...limited, provider })).body.id;
  await api.put(`/clusters/${id}/candidate`, { policy: { threshold: {} } });
  await api.post(`/clusters/${id}/scale`, { desired_servers: 9 });
  await api.post('/connections', {
    name: 'cluster-of-production',
    type: 'kubernetes',
    spec: { url: 'https://127.0.0.1:1' },
  });
  const trace = Array.from({ length: 200 }, (_, at) => [
    new Date(1.77e12 + at * 300_000).toISOString(),
    100 + (at % 50),
  ]);
  const request = { trace: ['timestamp,value', ...trace.map(String), ''].join('\n'), promises: ['1%'] };
  backtest = (await api.post<{ id: string }>(`/clusters/${id}/backtests`, request)).body.id;
  await eventually('the backtest is done', async () => {
    const { body } = await api.get<{ status: string }>(`/clusters/${id}/backtests/${backtest}`);
    return body.status === 'done';
  });
  decision = await eventually('there is a decision', async () => {
    const { body } = await api.get<{ decisions: { id: string }[] }>(`/clusters/${id}/decisions`);
    return body.decisions[0]?.id;
  });
});
afterAll(async () => started?.stop());

/** Every page: its path, and what it shows once it is complete. */
const PAGES: readonly { readonly name: string; readonly path: () => string; readonly there: string | RegExp }[] = [
  { name: 'all clusters', path: () => '/', there: LONG },
  { name: 'a new cluster', path: () => '/clusters/new/simulator', there: 'What must hold' },
  { name: 'adding from Kubernetes', path: () => '/clusters/from-kubernetes', there: 'cluster-of-production' },
  { name: 'a cluster', path: () => `/clusters/${id}?range=5m`, there: 'Scaling events' },
  { name: 'a cluster of a long name with alerts', path: () => `/clusters/${named}`, there: 'Scaling events' },
  { name: 'an explanation', path: () => `/clusters/${id}?decision=${decision}`, there: 'Step by step' },
  { name: 'its backtests', path: () => `/clusters/${id}/backtests`, there: 'Backtests of this cluster' },
  { name: 'a backtest', path: () => `/clusters/${id}/backtests/${backtest}`, there: 'Cost against violations' },
  { name: 'its trust', path: () => `/clusters/${id}/trust`, there: /Still learning|Forecasts/ },
  { name: 'its policy', path: () => `/clusters/${id}/policy`, there: 'What it would have done' },
  { name: 'connections', path: () => '/connections', there: 'cluster-of-production' },
  { name: 'operations', path: () => '/operations', there: 'The loop' },
  { name: 'the audit log', path: () => '/operations/audit', there: 'Created cluster' },
  { name: 'users', path: () => '/operations/users', there: 'Accounts' },
  { name: 'no such page', path: () => '/nowhere', there: 'There is no such page' },
];

/** What is wrong with the texts, once fonts, charts and lists have come to rest. */
async function faultsOf(shown: Page): Promise<string[]> {
  let before: string | null = null;
  let found: string[] = [];
  await eventually('the page has come to rest', async () => {
    await shown.evaluate('document.fonts.ready');
    found = await faultyTexts(shown);
    const now = JSON.stringify(found);
    const rests = now === before;
    before = now;
    return rests;
  });
  return found;
}

describe.each(WIDTHS)('in a window of %i pixels, no text is cut and none overlaps on', (width) => {
  beforeAll(async () => page.setViewportSize({ width, height: 900 }));

  it.each(PAGES)('$name', async ({ path, there }) => {
    await page.goto(`/ui${path()}`);
    await page.locator('main').getByText(there).first().waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('the login', async () => {
    const visitor = await Person.arrive(started.browser, started.system.urls.api, { viewport: { width, height: 900 } });
    await visitor.page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(await overflow(visitor.page)).toBeLessThanOrEqual(0);
    expect(await faultsOf(visitor.page)).toEqual([]);
    await visitor.context.close();
  });
});

describe('the measurement', () => {
  it('finds a cut, an overlap and a text beyond the window', async () => {
    await page.setViewportSize({ width: 390, height: 900 });
    await page.goto('/ui/nowhere');
    await page.getByText('There is no such page').waitFor();
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', \`
      <div style="width: 40px; overflow: hidden; white-space: nowrap">a text that is cut</div>
      <div style="position: relative; height: 40px"><span style="position: absolute">below it</span><span style="position: absolute">above it</span></div>
      <div style="position: absolute; left: 380px; white-space: nowrap">beyond the window</div>\`)`);
    expect(await faultyTexts(page)).toEqual([
      'cut: "a text that is cut" by div',
      'cut: "beyond the window" by the window',
      'over each other: "below it" and "above it"',
    ]);
  });

  it('met no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
