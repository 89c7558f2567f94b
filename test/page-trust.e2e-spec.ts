import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator, Page } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { overflow, violations } from './support/axe.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

interface Trust {
  readonly measured: { readonly share: number | null; readonly requests: number | null } | null;
}

/** What Prometheus answers to a query with this text; without a value there is no series. */
const values: Record<string, number | undefined> = { offered: 100, failed: 2, queued: 20 };

/** A Prometheus that knows three queries. */
function prometheus(): Server {
  return createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://prometheus');
    const value = values[searchParams.get('query') ?? ''];
    const result = value === undefined ? [] : [{ metric: {}, value: [Date.now() / 1000, String(value)] }];
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
}

describe('the page Trust of a cluster whose source counts slow or failed requests', () => {
  let source: Server;
  let system: System;
  let ada: Person;
  let page: Page;
  let api: ApiClient;
  let id: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const browser = await launchBrowser();
    close = async () => browser.close();
    source = prometheus();
    await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(source.address() as AddressInfo).port}`;
    system = await startSystem({ env: { AUTOSCALER_COLLECTOR_ALLOWED_URLS: url } });
    api = await ApiClient.register(system.urls.api, 'ada');
    await api.post('/connections', { name: 'prod', type: 'prometheus', spec: { url } });
    id = await create('web', { requests: 'offered', bad: 'failed', demand: 'queued' });
    ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    ({ page } = ada);
  });
  afterAll(async () => {
    await close?.();
    await system?.stop();
    source?.closeAllConnections();
    source?.close();
  });

  async function create(name: string, queries: object): Promise<string> {
    const provider = {
      metrics: { type: 'prometheus', connection: 'prod', queries, capacity: 10 },
      target: { type: 'simulator', cluster_id: name, simulated: { servers: 3 } },
    };
    const policy = { slo: { violations: '1%', max_utilization: '90%' } };
    const definition = { name, min_servers: 1, max_servers: 9, config: { interval: '200ms' }, policy, provider };
    return (await api.post<{ id: string }>('/clusters', definition)).body.id;
  }

  const section = (): Locator => page.getByRole('region', { name: 'Slow or failed requests' });
  const trustOf = async (cluster: string): Promise<Trust> =>
    (await api.get<Trust>(`/clusters/${cluster}/trust?range=1h`)).body;

  it('has the measured share beside the one that the engine counts', async () => {
    await eventually('requests were measured', async () => ((await trustOf(id)).measured?.requests ?? 0) > 100);
    await eventually('the engine has counted', async () => {
      const { body } = await api.get<{ budget: object | null }>(`/clusters/${id}/service-level`);
      return body.budget !== null;
    });
    await page.goto(`/ui/clusters/${id}/trust`);
    await section()
      .getByText(
        /^Measured by Prometheus: 2 % of requests were slow or failed; promised is at most 1 %\. Known (all|\d+ % of) the time\.$/,
      )
      .waitFor();
    await section()
      .getByText('Counted by the engine: 0 % of requests arrived above 90 % utilization, over the last days.')
      .waitFor();
    await section().getByText('last 1h').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('says so while no count is known', async () => {
    values['failed'] = undefined;
    const silent = await create('silent', { requests: 'offered', bad: 'failed', demand: 'queued' });
    await eventually('requests without slow ones were recorded', async () => (await trustOf(silent)).measured !== null);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`/ui/clusters/${silent}/trust`);
    await section()
      .getByText('Prometheus counts slow or failed requests, but no count of this time is known.')
      .waitFor();
    expect(await overflow(page)).toBe(0);
    values['failed'] = 2;
  });

  it('has no such section where the source does not count them', async () => {
    const other = await create('other', { requests: 'offered', demand: 'queued' });
    await eventually('it was ticked', async () => {
      const { body } = await api.get<{ servers: object | null }>(`/clusters/${other}/status`);
      return body.servers !== null;
    });
    expect((await trustOf(other)).measured).toBeNull();
    await page.goto(`/ui/clusters/${other}/trust`);
    await page
      .getByText(/^No forecast has come true in this time$|above the 99 % line\.$/)
      .first()
      .waitFor();
    expect(await section().count()).toBe(0);
  });

  it('logged no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
