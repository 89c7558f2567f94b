import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext } from 'playwright-core';
import { ApiClient, call, PASSWORD } from '../../test/support/client.js';
import { eventually } from '../../test/support/eventually.js';
import { type Cloud, startCloud } from './cloud.js';
import { contextOf, fileOf, openShown, type Screen, type Shots, shoot, type Shown } from './shots.js';

/** Names of the pictures. */
export const FAULTS = ['needs-attention', 'refused', 'gap', 'not-connected', 'palette', 'from-kubernetes'] as const;

const WIDTHS = ['desktop', 'narrow'] as const satisfies readonly Screen[];
const KUBERNETES = 'https://127.0.0.1:1';
/** Observed before and after the gap. */
const OBSERVED_MS = 90_000;
/** Long enough to be a gap. */
const AWAY_MS = 75_000;
/** So that a lost connection is old enough to be seen. */
const LOST_MS = 25_000;

interface Made {
  readonly refused: string;
  readonly watched: string;
}

/**
 * Pictures of what is wrong at night, with each fault caused for real: a provider that refuses and one that answers
 * errors, a cluster at its limit, a service that was away and one that is.
 */
export async function shootFaults(browser: Browser): Promise<void> {
  const env = { AUTOSCALER_COLLECTOR_ALLOWED_URLS: KUBERNETES };
  const cloud = await startCloud(['-config', 'config/config.test.yaml'], env);
  try {
    const api = await ApiClient.register(cloud.url, 'ada');
    const made = await causeFaults(cloud, api);
    await delay(OBSERVED_MS);
    await cloud.autoscaler.stop();
    await delay(AWAY_MS);
    await cloud.restart();
    await delay(OBSERVED_MS);
    const shots: Shots = { browser, url: cloud.url, credentials: { username: 'ada', password: PASSWORD } };
    await shoot(shots, WIDTHS, pagesOf(made));
    await shootLost(shots, cloud, made);
  } finally {
    await cloud.stop();
  }
}

async function causeFaults(cloud: Cloud, api: ApiClient): Promise<Made> {
  const create = async (name: string, servers: number, max: number, policy: object, cpu = 58): Promise<string> => {
    const body = { name, min_servers: 2, max_servers: max, config: { interval: '1s' }, policy };
    const provider = { type: 'simulator', simulated: { servers, base_cpu: cpu, variance: 2 } };
    const answer = await api.post<{ id: string }>('/clusters', { ...body, provider });
    const { id } = answer.body;
    await eventually(`${name} is ticked`, async () => {
      const status = await api.get<{ servers: { active: number } | null }>(`/clusters/${id}/status`);
      return status.body.servers?.active === servers;
    });
    return id;
  };
  const thresholds = { threshold: { cpu_low: 1, sustained_high: '1s', cooldown_up: '30s' } };
  const refused = await create('checkout', 4, 50, thresholds);
  const unreachable = await create('image-resizer', 3, 20, thresholds);
  await create('reporting', 4, 4, thresholds, 97);
  const watched = await create('web-shop', 6, 20, { slo: { violations: '1%', max_utilization: '90%' } });
  await create('model-serving', 3, 12, { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } });
  await create('search', 4, 20, { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } });
  const fault = async (body: object): Promise<unknown> => call(cloud.simulatorUrl, 'POST', '/faults', body);
  await fault({ cluster_id: refused, refuse_scale_up: true });
  await fault({ cluster_id: unreachable, errors: 1 });
  await api.post(`/clusters/${refused}/simulation/spike`, { cpu_target: 140, duration: '10h', ramp_up: '1s' });
  await api.post('/connections', { name: 'production', type: 'kubernetes', spec: { server: KUBERNETES } });
  return { refused, watched };
}

function pagesOf({ refused, watched }: Made): Shown[] {
  return [
    { name: 'needs-attention', path: '/' },
    { name: 'refused', path: `/clusters/${refused}?range=5m` },
    { name: 'gap', path: `/clusters/${watched}?range=5m` },
    {
      name: 'palette',
      path: `/clusters/${watched}`,
      open: async (page) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').fill('check');
      },
    },
    {
      name: 'from-kubernetes',
      path: '/clusters/from-kubernetes',
      over: false,
      open: async (page) => {
        // No Kubernetes cluster runs here: its list is played, as in test/page-workloads.e2e-spec.ts.
        await page.route('**/connections/production/workloads**', async (route) =>
          route.fulfill({ json: { workloads: WORKLOADS, count: WORKLOADS.length, truncated: false, missing: [] } }),
        );
        await page.reload();
        await page.getByRole('row').filter({ hasText: 'shop/' }).first().waitFor();
      },
    },
  ];
}

/** Pages that were open when the service stopped. */
async function shootLost(shots: Shots, cloud: Cloud, { watched }: Made): Promise<void> {
  const opened: { context: BrowserContext; shoot: () => Promise<unknown> }[] = [];
  for (const screen of WIDTHS) {
    for (const scheme of ['light', 'dark'] as const) {
      const context = await contextOf(shots, screen, scheme);
      const page = await context.newPage();
      await openShown(page, { name: 'not-connected', path: `/clusters/${watched}?range=5m` });
      opened.push({
        context,
        shoot: async () => page.screenshot({ path: fileOf('not-connected', screen, scheme), fullPage: true }),
      });
    }
  }
  await cloud.autoscaler.stop();
  await delay(LOST_MS);
  for (const { context, shoot: take } of opened) {
    await take();
    await context.close();
  }
}

const BY = { others: [], conditions: [], metrics: [] };

function workload(name: string, desired: number, change: object = {}): object {
  const chosen = { namespace: 'shop', kind: 'Deployment', name };
  const target = { ...chosen, group: 'apps' };
  const none = { requests: null, scaled_by: null, cluster: null, refused: null };
  return { ...chosen, target, desired, ready: desired, ...none, ...change };
}

const WORKLOADS = [
  workload('checkout', 6, {
    scaled_by: {
      ...BY,
      by: 'HorizontalPodAutoscaler checkout',
      min_servers: 3,
      max_servers: 20,
      desired: 6,
      current: 6,
      cpu_target: 60,
    },
  }),
  workload('storefront', 4, {
    ready: 3,
    scaled_by: {
      ...BY,
      by: 'HorizontalPodAutoscaler storefront',
      min_servers: 2,
      max_servers: 9,
      desired: 4,
      current: 4,
      cpu_target: 70,
      metrics: ['memory at 80 % of the request'],
    },
  }),
  workload('image-worker', 2),
  workload('autoscaler', 1, { refused: 'This service runs in its pods, and does not scale itself.' }),
];
