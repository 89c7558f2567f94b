import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { freePorts, startSystem, type System } from '../support/programs.js';
import { type ScrapedExporter, startScrapedExporter } from './support/prometheus.js';

interface Shown {
  readonly id: string;
  readonly provider: { readonly metrics: { readonly queries: Readonly<Record<string, string>> } };
}
interface Alert {
  readonly code: string;
  readonly message: string;
  readonly until: string | null;
}

interface Trust {
  readonly measured: { readonly share: number | null; readonly requests: number | null } | null;
}

/** What the exporter of this test exposes; its counter starts at `offset`. */
const reported = { cpu: 50, queue: 0 as number | null, isUp: true, offset: 0 };

let scraped: ScrapedExporter;
let system: System;
let ada: ApiClient;

beforeAll(async () => {
  const [port] = (await freePorts(1)) as [number];
  system = await startSystem({ env: { AUTOSCALER_COLLECTOR_ALLOWED_URLS: `http://127.0.0.1:${port}` } });
  scraped = await startScrapedExporter(port, (_request, response) => {
    metrics().then(
      (text) => response.writeHead(reported.isUp ? 200 : 503).end(reported.isUp ? text : ''),
      () => response.writeHead(500).end(),
    );
  });
  ada = await ApiClient.register(system.urls.api, 'ada');
  const connection = { name: 'prod', type: 'prometheus', spec: { url: scraped.url } };
  expect(await ada.post('/connections', connection)).toMatchObject({ status: 201 });
});
afterAll(async () => {
  await scraped?.stop();
  await system?.stop();
});

/** Metrics of each active server of the simulator. */
async function metrics(): Promise<string> {
  const lines: string[] = [];
  for (const name of ['web', 'mail']) {
    const answer = await fetch(`${system.urls.simulator}/clusters/${name}`);
    const { servers = [] } = (await answer.json()) as { servers?: { server_id: string; state: string }[] };
    for (const { server_id: id } of servers.filter(({ state }) => state === 'ACTIVE'))
      lines.push(`app_cpu_percent{cluster="${name}",server="${id}"} ${reported.cpu}`);
  }
  const requests = Math.floor(Date.now() / 10) - reported.offset;
  lines.push(`app_requests_total{cluster="web"} ${requests}`);
  lines.push(`app_failures_total{cluster="web"} ${Math.floor(requests / 20)}`);
  if (reported.queue !== null) lines.push(`app_queue_length{queue="mail"} ${reported.queue}`);
  return `${lines.join('\n')}\n`;
}

async function create(name: string, more: object): Promise<string> {
  const target = { type: 'simulator', cluster_id: name, simulated: { servers: 2 } };
  const cluster = { name, min_servers: 1, max_servers: 12, config: { interval: '500ms' }, ...more };
  const { metrics: source, ...rest } = cluster as { metrics?: object };
  const provider = { metrics: { type: 'prometheus', connection: 'prod', ...source }, target };
  const created = await ada.post<Shown>('/clusters', { ...rest, provider });
  expect(created.body).toHaveProperty('id');
  return created.body.id;
}

/** The message of the active alert that metrics are missing. */
async function missingOf(id: string): Promise<string | undefined> {
  const { alerts } = (await ada.get<{ alerts: Alert[] }>(`/clusters/${id}/alerts`)).body;
  return alerts.find(({ code, until }) => code === 'metrics_missing' && until === null)?.message;
}

async function query(expression: string): Promise<{ readonly value: readonly [number, string] }[]> {
  const answer = await fetch(`${scraped.url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result;
}

async function desiredOf(name: string): Promise<number> {
  const answer = await fetch(`${system.urls.simulator}/clusters/${name}`);
  return ((await answer.json()) as { desired_servers: number }).desired_servers;
}

const TRACKING = { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '0s' } };

describe('a cluster with its metrics in a real Prometheus', () => {
  let web: string;

  it('is scaled by the CPU of its servers', async () => {
    reported.cpu = 90;
    web = await create('web', {
      policy: TRACKING,
      metrics: {
        server_label: 'server',
        queries: {
          cpu: 'app_cpu_percent{cluster="web"}',
          requests: 'sum(rate(app_requests_total{cluster="web"}[5s]))',
          bad: 'sum(rate(app_failures_total{cluster="web"}[5s]))',
        },
      },
    });
    await eventually('two servers at 90 % become three or more', async () => (await desiredOf('web')) >= 3);
    reported.cpu = 58;
  });

  it('shows how many requests were slow or failed', async () => {
    const { share } = await eventually('a hundred requests were measured', async () => {
      const { measured } = (await ada.get<Trust>(`/clusters/${web}/trust?range=1h`)).body;
      return (measured?.requests ?? 0) > 100 ? measured! : undefined;
    });
    // One in twenty; the counter of failures moves in whole steps.
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.07);
  });

  it('counts requests over a reset of the counter, and never below 0', async () => {
    reported.offset = Math.floor(Date.now() / 10);
    await eventually('Prometheus has seen the reset', async () => {
      const [reset] = await query('resets(app_requests_total[1m])');
      return Number(reset?.value[1]) > 0;
    });
    const [rate] = await query('sum(rate(app_requests_total{cluster="web"}[5s]))');
    expect(Number(rate?.value[1])).toBeGreaterThanOrEqual(0);
    await eventually('all metrics are known again', async () => (await missingOf(web)) === undefined);
  });

  it('keeps its servers when the exporter is gone and its series end, and says so', async () => {
    reported.cpu = 2;
    reported.isUp = false;
    const before = await desiredOf('web');
    await eventually('the alert is raised', async () => missingOf(web));
    expect(await desiredOf('web')).toBeGreaterThanOrEqual(before);
    reported.cpu = 58;
    reported.isUp = true;
    await eventually('the alert is cleared', async () => (await missingOf(web)) === undefined);
  });

  it('scales from zero with the work of a queue', async () => {
    const mail = await create('mail', {
      min_servers: 0,
      metrics: { queries: { demand: 'sum(app_queue_length{queue="mail"})' }, capacity: 10 },
      policy: { slo: { violations: '1%', max_utilization: '90%' } },
    });
    const empty = { desired_servers: 0, hold_for: '2s', immediate: true };
    expect((await ada.post(`/clusters/${mail}/scale`, empty)).status).toBeLessThan(300);
    await eventually('it is at zero', async () => (await desiredOf('mail')) === 0);
    reported.queue = 45;
    await eventually('45 jobs at 10 a server need 5', async () => (await desiredOf('mail')) >= 5);
    reported.queue = null;
    const message = await eventually('an unknown queue is reported', async () => missingOf(mail));
    expect(message).toContain('query demand: no data');
    expect(await desiredOf('mail')).toBeGreaterThanOrEqual(5);
  });

  it('asks what Prometheus understands: every preset', async () => {
    const presets = {
      'kubernetes-cadvisor': { namespace: 'shop', workload: 'web.1' },
      'node-exporter': { job: 'node' },
      'nginx-ingress': { namespace: 'a"b\\', ingress: 'web' },
      istio: { namespace: 'shop', workload: 'web' },
      vllm: { model: 'llama' },
      'celery-queue': { queue: 'mail' },
    };
    for (const [preset, variables] of Object.entries(presets)) {
      const id = await create(preset, { metrics: { preset, variables } });
      const { queries } = (await ada.get<Shown>(`/clusters/${id}`)).body.provider.metrics;
      for (const text of Object.values(queries)) {
        const answer = await fetch(`${scraped.url}/api/v1/query?${new URLSearchParams({ query: text }).toString()}`);
        expect({ preset, text, answer: await answer.json() }).toMatchObject({ answer: { status: 'success' } });
      }
      await ada.delete(`/clusters/${id}`);
    }
  });

  it('is left alone while Prometheus is away', async () => {
    const before = await desiredOf('web');
    await scraped.prometheus.stop();
    await eventually('the alert is raised', async () => missingOf(web));
    expect(await desiredOf('web')).toBeGreaterThanOrEqual(before);
  });
});
