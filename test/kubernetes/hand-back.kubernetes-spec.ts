import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../support/cli.js';
import { ApiClient } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startSystem, type System } from '../support/programs.js';
import {
  ACTING,
  apply,
  kubectl,
  pki,
  ready,
  replicasOf,
  SERVER,
  setMetrics,
  TAKING_OVER,
  type Tenant,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';

interface Alerts {
  readonly alerts: readonly { readonly code: string; readonly until: string | null; readonly message: string }[];
}
interface Events {
  readonly events: readonly { readonly desired: number; readonly outcome: string }[];
}

const USUAL = { cpu: '50m', memory: '32Mi', containers: {}, ageSeconds: 0 };
const LEASE = 'autoscaler.deployment.web';
const BEHAVIOR = { scaleDown: { stabilizationWindowSeconds: 1 } };

function hpa(namespace: string, name: string) {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: 6,
      behavior: BEHAVIOR,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  };
}

describe('a workload that was taken over by a service that is killed', () => {
  let system: System;
  let ada: ApiClient;
  let owner: Tenant;
  let namespace: string;
  let credentials: string;
  let id: string;
  let before: string;

  const specOf = (): string =>
    kubectl(['get', 'hpa', 'web', '-n', namespace, '-o', 'jsonpath={.spec}{.metadata.annotations}']);
  const renewTime = (): string => kubectl(['get', 'lease', LEASE, '-n', namespace, '-o', 'jsonpath={.spec.renewTime}']);
  const events = async (): Promise<Events['events']> => (await ada.get<Events>(`/clusters/${id}/events`)).body.events;
  const alert = async (code: string): Promise<string | undefined> => {
    const { body } = await ada.get<Alerts>(`/clusters/${id}/alerts`);
    return body.alerts.find((one) => one.code === code && one.until === null)?.message;
  };
  /** The command of the CronJob, with its own identity, and without a configuration of the service. */
  const handBack = async (after: string) =>
    runCli(['hand-back', '--expired', '--after', after, '--server', SERVER, '--credentials', credentials]);

  beforeAll(async () => {
    await setMetrics(USUAL);
    const env = {
      AUTOSCALER_COLLECTOR_ALLOWED_URLS: SERVER,
      AUTOSCALER_COLLECTOR_INTERVAL: '3s',
      AUTOSCALER_COLLECTOR_TIMEOUT: '2s',
      AUTOSCALER_COLLECTOR_MAX_SAMPLE_AGE: '30s',
    };
    system = await startSystem({ env });
    ada = await ApiClient.register(system.urls.api, 'ada');
    owner = await tenant([...WATCHING, ...ACTING, ...TAKING_OVER]);
    ({ namespace } = owner);
    const spec = { server: SERVER, ca: pki('ca.crt') };
    await ada.post('/connections', { name: 'prod', type: 'kubernetes', spec, secrets: { token: owner.token } });
    apply(workload(namespace, 'web'), hpa(namespace, 'web'), workload(namespace, 'witness'), hpa(namespace, 'witness'));
    await ready(namespace, 'web', 2);
    before = specOf();
    // The rights of the CronJob, for its service account in this namespace.
    const rights = readFileSync('k8s/components/hand-back/rights.yaml', 'utf8');
    kubectl(['apply', '-f', '-'], rights.replaceAll('namespace: autoscaler', `namespace: ${namespace}`));
    credentials = mkdtempSync(join(tmpdir(), 'hand-back-'));
    writeFileSync(join(credentials, 'ca.crt'), pki('ca.crt'));
    const token = kubectl(['create', 'token', 'autoscaler-hand-back', '-n', namespace, '--duration=1h']);
    writeFileSync(join(credentials, 'token'), token);
  });
  afterAll(async () => {
    await setMetrics(USUAL);
    await system?.stop();
    if (credentials !== undefined) rmSync(credentials, { recursive: true });
    kubectl(['delete', 'clusterrole,clusterrolebinding', 'autoscaler-hand-back', '--ignore-not-found']);
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  it('is scaled by the service within the bounds of the HPA', async () => {
    const policy = {
      mode: 'recommend',
      target_tracking: { metrics: [{ metric: 'cpu', target: 50 }], scale_down_stabilization: '0s' },
    };
    const provider = { type: 'kubernetes', connection: 'prod', namespace, kind: 'Deployment', name: 'web' };
    const cluster = { name: 'web', min_servers: 1, max_servers: 20, policy, provider };
    id = (await ada.post<{ id: string }>('/clusters', cluster)).body.id;
    expect(await ada.post(`/clusters/${id}/take-over`, { apply: true })).toMatchObject({
      status: 200,
      body: { applied: true, mode: 'act', taken_over: { objects: ['HorizontalPodAutoscaler web'] } },
    });
    await setMetrics({ cpu: '90m' });
    await eventually('the service scales it to the maximum of the HPA', () => replicasOf(namespace, 'web') === 6);
    expect((await events()).every(({ desired, outcome }) => desired <= 6 && outcome === 'success')).toBe(true);
    expect((await events()).length).toBeGreaterThan(0);
    await eventually('a decision names the HPA', async () => {
      const { body } = await ada.get<{ decisions: { reason: string }[] }>(`/clusters/${id}/decisions`);
      return body.decisions.some(({ reason }) => reason.includes('by HorizontalPodAutoscaler web'));
    });
  });

  it('has a Lease that ticks renew, so that it is not given back', async () => {
    const first = renewTime();
    await eventually('it is renewed', () => renewTime() !== first);
    const { status, out } = await handBack('1m');
    expect(status).toBe(0);
    expect(out).not.toContain(namespace);
    expect(specOf()).toContain('Disabled');
  });

  it('is kept when the service is killed, until the CronJob gives it back and the real HPA scales it', async () => {
    await system.autoscaler.stop('SIGKILL');
    await setMetrics({ cpu: '10m' });
    await eventually('the HPA of another workload scales', () => replicasOf(namespace, 'witness') === 2);
    expect(replicasOf(namespace, 'web')).toBe(6);
    const { out } = await eventually('the Lease has run out', async () => {
      const done = await handBack('5s');
      return done.out.includes(`${namespace}/${LEASE}`) ? done : null;
    });
    expect(out).toContain(`${namespace}/${LEASE}: HorizontalPodAutoscaler web: restored`);
    expect(specOf()).toBe(before);
    await eventually('the real HPA scales it', () => replicasOf(namespace, 'web') === 2);
  });

  it('is not fought over when the service comes back: it recommends, and says why', async () => {
    const known = (
      await eventually('it is up again', async () => {
        await system.autoscaler.start();
        ada = await ApiClient.login(system.urls.api, 'ada');
        return events();
      })
    ).length;
    await setMetrics({ cpu: '90m' });
    const message = await eventually('the alert is raised', async () => alert('target_blocked'));
    expect(message).toMatch(
      /^HorizontalPodAutoscaler web acts on this cluster too: the workload was given back at [-\d]+ [:\d]+ UTC/,
    );
    await eventually('the HPA scales it', () => replicasOf(namespace, 'web') === 6);
    expect(await events()).toHaveLength(known);
    expect(specOf()).toBe(before);
  });

  it('ends its take-over with the way back, and may be taken over once more', async () => {
    expect(await ada.post(`/clusters/${id}/hand-back`, { apply: true })).toMatchObject({
      status: 200,
      body: { mode: 'recommend', taken_over: null, steps: [{ outcome: 'unchanged' }, { outcome: 'done' }] },
    });
    await eventually('the alert is over', async () => (await alert('target_blocked')) === undefined);
    expect((await ada.post(`/clusters/${id}/take-over`, { apply: true })).status).toBe(200);
    expect(specOf()).toContain('Disabled');
    expect((await ada.post(`/clusters/${id}/hand-back`, { apply: true })).status).toBe(200);
    expect(specOf()).toBe(before);
  });
});
