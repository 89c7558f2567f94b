import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflow } from './support/axe.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';
import { collectDrawnTexts, faultyTexts } from './support/texts.js';

const LONG = `checkout-${'x'.repeat(60)} in Europe`;
const CONNECTION = 'cluster-of-production';
/** Nothing answers there: its workloads cannot be listed. */
const KUBERNETES = 'https://127.0.0.1:1';
const WIDTHS = [320, 390, 768, 1440] as const;
/** A page that is not complete, or not at rest, by then fails its test. */
const COMPLETE_MS = 30_000;
const AT_REST_MS = 10_000;

let started: PageSystem;
let ada: Person;
let page: Page;
let id: string;
let named: string;
let backtest: string;
let decision: string;

/** @throws Error if the service refuses it: a page without what it shows is never complete */
async function made(method: 'post' | 'put', path: string, body: object): Promise<string> {
  const answer = await started.api[method]<{ id: string }>(path, body);
  if (answer.status >= 300) throw new Error(`${path} was answered with ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

beforeAll(async () => {
  const env = { AUTOSCALER_COLLECTOR_ALLOWED_URLS: KUBERNETES };
  started = await startPageSystem({ speed: 60, provisioning: '30s', env });
  ({ ada, page } = started);
  ada.context.setDefaultTimeout(COMPLETE_MS);
  await collectDrawnTexts(ada.context);
  const { api, system } = started;
  await ApiClient.register(system.urls.api, 'a_colleague_with_a_name_of_forty_characters');
  id = await addWebCluster(api);
  // It needs more servers than it may have, so that it has alerts.
  const limited = { name: LONG, min_servers: 1, max_servers: 2, policy: { threshold: {} } };
  const provider = { type: 'simulator', simulated: { servers: 2, base_cpu: 99 } };
  named = await made('post', '/clusters', { ...limited, provider });
  await made('put', `/clusters/${id}/candidate`, { policy: { threshold: {} } });
  await made('post', `/clusters/${id}/scale`, { desired_servers: 9 });
  await made('post', '/connections', { name: CONNECTION, type: 'kubernetes', spec: { server: KUBERNETES } });
  // Days with a peak: many policies are near each other, and their names compete for room.
  const trace = Array.from({ length: 3 * 288 }, (_, at) => {
    const time = new Date(Date.UTC(2026, 0, 5) + at * 300_000).toISOString();
    return `${time},${Math.round(1000 - 650 * Math.cos((at / 144) * Math.PI) + 60 * Math.sin(1.7 * at))}`;
  });
  const policies = [{ name: 'thresholds as they are', policy: { threshold: {} } }];
  backtest = await made('post', `/clusters/${id}/backtests`, {
    trace: ['timestamp,value', ...trace, ''].join('\n'),
    policies,
  });
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

interface Shown {
  readonly name: string;
  readonly path: () => string;
  /** What it shows once it is complete. */
  readonly there: string | RegExp;
}

const PAGES: readonly Shown[] = [
  { name: 'all clusters', path: () => '/', there: LONG },
  { name: 'a new cluster', path: () => '/clusters/new', there: 'Kubernetes' },
  { name: 'the form of a new cluster', path: () => '/clusters/new/simulator', there: 'What must hold' },
  { name: 'adding from Kubernetes', path: () => '/clusters/from-kubernetes', there: CONNECTION },
  { name: 'a cluster', path: () => `/clusters/${id}?range=5m`, there: /^one point per/ },
  { name: 'a cluster of a long name with alerts', path: () => `/clusters/${named}`, there: /^one point per/ },
  { name: 'an explanation', path: () => `/clusters/${id}?decision=${decision}`, there: 'Step by step' },
  { name: 'its backtests', path: () => `/clusters/${id}/backtests`, there: 'Backtests of this cluster' },
  { name: 'a backtest', path: () => `/clusters/${id}/backtests/${backtest}`, there: 'Cost against violations' },
  { name: 'its trust', path: () => `/clusters/${id}/trust`, there: /Still learning|Forecasts/ },
  { name: 'its policy', path: () => `/clusters/${id}/policy`, there: 'What it would have done' },
  { name: 'connections', path: () => '/connections', there: CONNECTION },
  { name: 'operations', path: () => '/operations', there: 'The loop' },
  { name: 'the audit log', path: () => '/operations/audit', there: 'Created cluster' },
  { name: 'users', path: () => '/operations/users', there: 'Accounts' },
  { name: 'no such page', path: () => '/nowhere', there: 'There is no such page' },
];

/** What is wrong with the texts, once two measurements agree, or the page has had time to come to rest. */
async function faultsOf(shown: Page): Promise<string[]> {
  let before = '';
  let found: string[] = [];
  await eventually(
    'the page is at rest',
    async () => {
      await shown.evaluate('document.fonts.ready');
      found = await faultyTexts(shown);
      const isAtRest = JSON.stringify(found) === before;
      before = JSON.stringify(found);
      return isAtRest;
    },
    AT_REST_MS,
  ).catch(() => undefined);
  return found;
}

describe.each(WIDTHS)('in a window of %i pixels, no text is cut and none overlaps on', (width) => {
  beforeAll(async () => page.setViewportSize({ width, height: 900 }));

  it.each(PAGES)('$name', async ({ path, there }) => {
    await page.goto(`/ui${path()}`);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await page.locator('main, [role=dialog]').getByText(there).filter({ visible: true }).first().waitFor();
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
      <div style="height: 12px; overflow: hidden">a text that is too high</div>
      <div style="width: 40px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis">a text with more</div>
      <div style="width: 40px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis" title="a text with a title">a text with a title</div>
      <div style="position: relative; height: 40px"><span style="position: absolute">below it</span><span style="position: absolute">above it</span></div>
      <div style="position: absolute; left: 380px; white-space: nowrap">beyond the window</div>\`)`);
    expect(await faultyTexts(page)).toEqual([
      'cut: "a text that is cut" by div',
      'cut: "a text that is too high" by div',
      'an ellipsis without a title: "a text with more"',
      'cut: "beyond the window" by the window',
      'over each other: "below it" and "above it"',
    ]);
  });

  it('met no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
