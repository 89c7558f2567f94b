import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../bench/dashboard/browser.js';
import { violations } from '../support/axe.js';
import { ApiClient } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Person } from '../support/person.js';
import { startSystem, type System } from '../support/programs.js';
import {
  apply,
  kubectl,
  pki,
  ready,
  replicasOf,
  SERVER,
  setMetrics,
  type Tenant,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';

const BY = 'HorizontalPodAutoscaler web';

describe('the page in front of a real Kubernetes cluster', () => {
  let owner: Tenant;
  let namespace: string;
  let system: System;
  let browser: Browser;
  let ada: Person;
  let page: Page;

  beforeAll(async () => {
    await setMetrics({ cpu: '40m', memory: '32Mi', containers: {}, ageSeconds: 0 });
    owner = await tenant(WATCHING);
    ({ namespace } = owner);
    const target = { type: 'Utilization', averageUtilization: 80 };
    apply(workload(namespace, 'web'), workload(namespace, 'plain'), {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 7,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    });
    await ready(namespace, 'web', 2);
    system = await startSystem({
      env: {
        AUTOSCALER_COLLECTOR_ALLOWED_URLS: SERVER,
        AUTOSCALER_COLLECTOR_INTERVAL: '1s',
        AUTOSCALER_COLLECTOR_MAX_SAMPLE_AGE: '30s',
      },
    });
    const api = await ApiClient.register(system.urls.api, 'ada');
    const connection = { name: 'prod', type: 'kubernetes', spec: { server: SERVER, ca: pki('ca.crt') } };
    await api.post('/connections', { ...connection, secrets: { token: owner.token } });
    browser = await launchBrowser();
    ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    ({ page } = ada);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    await setMetrics({ cpu: '50m' });
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  it('names the right that is missing to list all namespaces', async () => {
    await page.goto('/ui/connections');
    await page.getByRole('link', { name: 'Add clusters from prod' }).click();
    await page.getByText('list deployments.apps in all namespaces').waitFor();
    await page.getByRole('textbox', { name: 'Namespaces' }).fill(namespace);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: `${namespace}/web` });
    await row.waitFor();
    expect(await row.textContent()).toContain(`${BY}2 to 7CPU at 80 % of the request`);
    expect(await violations(page)).toEqual([]);
  });

  it('imports a workload, which then only recommends', async () => {
    await page.getByRole('checkbox', { name: `Choose Deployment ${namespace}/web` }).check();
    await page.getByRole('button', { name: 'Import' }).click();
    await page.getByText('1 cluster created, 0 skipped.').waitFor();
    await page.getByText('Registered already:').waitFor();
    const result = page.getByRole('region', { name: 'Result of the import' });
    await result.getByRole('link', { name: `${namespace}/web` }).click();
    await page.getByRole('heading', { name: `${namespace}/web`, level: 1 }).waitFor();
  });

  it('shows what the HPA wants beside the recommendation, as the load changes', async () => {
    const legend = page.getByRole('region', { name: 'Timeline' }).locator('dl > div').filter({ hasText: BY });
    await legend.filter({ hasText: /2$/ }).waitFor();
    await setMetrics({ cpu: '200m' });
    await legend.filter({ hasText: /7$/ }).waitFor();
    await eventually('the HPA has acted', () => replicasOf(namespace, 'web') === 7);
    await page.getByRole('button', { name: 'Explain' }).click();
    const others = page.getByRole('region', { name: 'What others would have done' });
    await others.getByRole('listitem').filter({ hasText: BY }).waitFor();
    expect(ada.faults).toEqual([]);
  });
});
