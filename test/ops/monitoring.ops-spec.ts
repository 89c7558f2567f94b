import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { ApiClient, call } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { freePorts, startSystem, type System } from '../support/programs.js';
import { binary } from './support/binaries.js';
import { Neighbor } from './support/neighbor.js';
import { startPrometheus } from './support/prometheus.js';

/** Contains all characters that a shell or sed could misinterpret. */
const WEBHOOK_PATH = '/hook?token=a|b&more=\\1';
const METRIC = /\b(autoscaler_\w+|nodejs_\w+|process_\w+)/g;

let folder: string;
let system: System;
let prometheus: Neighbor;
let alertmanager: Neighbor;
let receiver: Server;
let url: string;
/** Requests of Alertmanager to the webhook: path and alert names. */
const received: { readonly path: string; readonly alerts: string[] }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ops-prometheus-'));
  system = await startSystem({ env: { AUTOSCALER_API_LOCKOUT_ACCOUNT_FAILURES: '1' } });
  receiver = createServer((request, response) => {
    json(request).then(
      (body) => {
        const { alerts } = body as { alerts: { labels: { alertname: string } }[] };
        received.push({ path: request.url ?? '', alerts: alerts.map(({ labels }) => labels.alertname) });
        response.end();
      },
      () => response.writeHead(400).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const [port, alertmanagerPort] = (await freePorts(2)) as [number, number];
  url = `http://127.0.0.1:${port}`;
  alertmanager = await startAlertmanager(alertmanagerPort, (receiver.address() as AddressInfo).port);
  // The deployed configuration with this test's intervals and addresses, because Compose's DNS is not available.
  const configuration = readFileSync('deploy/prometheus/prometheus.yml', 'utf8')
    .replaceAll('15s', '1s')
    .replace(/dns_sd_configs: .*/, `static_configs: [{ targets: ['${new URL(system.urls.prometheus).host}'] }]`)
    .replace('localhost:9090', `127.0.0.1:${port}`)
    .replace('alertmanager:9093', `127.0.0.1:${alertmanagerPort}`);
  writeFileSync(join(folder, 'prometheus.yml'), configuration);
  copyFileSync('deploy/prometheus/rules.yml', join(folder, 'rules.yml'));
  prometheus = await startPrometheus(folder, port);
  const ada = await ApiClient.register(system.urls.api, 'ada');
  await ada.post('/clusters', { name: 'web', min_servers: 1, max_servers: 5, config: { interval: '200ms' } });
  await eventually('Prometheus has scraped the service twice', async () => {
    const answer = await query('count_over_time(autoscaler_clusters[1m]) >= 2');
    return answer.length > 0;
  });
});
afterAll(async () => {
  await prometheus?.stop();
  await alertmanager?.stop();
  receiver?.closeAllConnections();
  receiver?.close();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Alertmanager with the deployed configuration, started as in Compose. */
async function startAlertmanager(port: number, webhook: number): Promise<Neighbor> {
  const configuration = join(folder, 'unresolved.yml');
  const text = readFileSync('deploy/alertmanager/alertmanager.yml', 'utf8');
  writeFileSync(configuration, text.replaceAll(/group_wait: \d+s/g, 'group_wait: 0s'));
  return Neighbor.start(
    'sh',
    ['deploy/alertmanager/start.sh', `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='],
    {
      env: {
        CONFIGURATION: configuration,
        TMPDIR: folder,
        STORAGE: join(folder, 'alerts'),
        ALERTMANAGER: binary('prometheus-alertmanager'),
        ALERT_WEBHOOK_URL: `http://127.0.0.1:${webhook}${WEBHOOK_PATH}`,
      },
      isUp: async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
    },
  );
}

async function query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = (await answer.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result;
}

/** Metric names in an expression; parts of a histogram under its base name. */
function metricsIn(text: string): string[] {
  return [...new Set([...text.matchAll(METRIC)].map(([name]) => name))];
}

describe('alert rules', () => {
  it('pass their own tests', () => {
    const promtool = (...args: string[]): string => execFileSync(binary('promtool'), args, { encoding: 'utf8' });
    expect(promtool('check', 'rules', 'deploy/prometheus/rules.yml')).toContain('SUCCESS');
    expect(promtool('test', 'rules', 'deploy/prometheus/rules.test.yml')).toContain('SUCCESS');
    expect(promtool('check', 'config', 'deploy/prometheus/prometheus.yml')).toContain('SUCCESS');
    expect(
      execFileSync(binary('amtool'), ['check-config', 'deploy/alertmanager/alertmanager.yml'], { encoding: 'utf8' }),
    ).toContain('SUCCESS');
  });

  it('all have tests', () => {
    const names = [...readFileSync('deploy/prometheus/rules.yml', 'utf8').matchAll(/alert: (\w+)/g)].map(
      ([, name]) => name,
    );
    const tests = readFileSync('deploy/prometheus/rules.test.yml', 'utf8');
    const tested = (name: string | undefined) =>
      new RegExp(`alertname: ${name}\\n +eval_time: \\w+\\n +exp_alerts:\\n`).test(tests);
    expect(names.filter((name) => !tested(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  });
});

describe('a Prometheus server that scrapes the service', () => {
  it('reports it as up', async () => {
    expect((await query('up{job="autoscaler"}')).map(({ value }) => value[1])).toEqual(['1']);
    expect((await query('autoscaler_clusters{job="autoscaler"}')).map(({ value }) => value[1])).toEqual(['1']);
  });

  it.each(['deploy/prometheus/rules.yml', 'deploy/grafana/dashboards/autoscaler.json'])(
    'has every metric that %s uses',
    async (file) => {
      const expressions = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => !/summary|description/.test(line))
        .join('\n');
      // Exported only after an event: a learned step, a ready server, a failed collection.
      const late = [
        'autoscaler_cluster_error_budget_left',
        'autoscaler_cluster_budget_burn_rate',
        'autoscaler_cluster_lead_time_seconds',
        'autoscaler_collection_failures_total',
      ];
      const names = metricsIn(expressions).filter((name) => !late.includes(name));
      expect(names.length).toBeGreaterThanOrEqual(10);
      const missing: string[] = [];
      for (const name of names) if ((await query(`count({__name__="${name}"})`)).length === 0) missing.push(name);
      expect(missing).toEqual([]);
      const scraped = await (await fetch(`${system.urls.prometheus}/metrics`)).text();
      const untold = late.filter((name) => expressions.includes(name) && !scraped.includes(`# TYPE ${name} `));
      expect(untold).toEqual([]);
    },
  );

  it('evaluates the rules without errors, fires the expected alerts, and Alertmanager forwards them', async () => {
    await call(system.urls.api, 'POST', '/auth/login', { username: 'ada', password: 'Wrong-Horse-9' });
    await eventually('the lock is an alert', async () => {
      return (await query('ALERTS{alertname="AutoscalerAccountLocked",alertstate="firing"}')).length > 0;
    });
    await eventually('the receiver has the alert', () =>
      received.some(({ alerts }) => alerts.includes('AutoscalerAccountLocked')),
    );
    expect(new Set(received.map(({ path }) => path))).toEqual(new Set([WEBHOOK_PATH]));
    const answer = await fetch(`${url}/api/v1/rules`);
    const { data } = (await answer.json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.length).toBeGreaterThan(10);
  });
});
