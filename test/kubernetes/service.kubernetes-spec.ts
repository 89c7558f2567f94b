import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startSystem, type System } from '../support/programs.js';
import {
  apply,
  hpaOf,
  kubectl,
  pki,
  ready,
  replicasOf,
  setMetrics,
  type Tenant,
  tenant,
  workload,
} from './support/control-plane.js';
import { Proxy } from './support/proxy.js';

interface Decisions {
  readonly decisions: readonly {
    readonly action: string;
    readonly desired: number;
    readonly mode: string;
    readonly theirs: { readonly by: string; readonly desired: number } | null;
  }[];
}
interface Events {
  readonly events: readonly { readonly desired: number; readonly outcome: string; readonly error: string | null }[];
}
interface Alerts {
  readonly alerts?: readonly { readonly code: string; readonly until: string | null }[];
}

const USUAL = { cpu: '50m', memory: '32Mi', containers: {}, ageSeconds: 0 };
const TRACKING = {
  target_tracking: {
    metrics: [{ metric: 'cpu', target: 50 }],
    scale_down_stabilization: '0s',
  },
};

describe('the service on a real Kubernetes cluster', () => {
  let system: System;
  let proxy: Proxy;
  let ada: ApiClient;
  let owner: Tenant;
  let namespace: string;
  let clusters = 0;

  beforeAll(async () => {
    proxy = await Proxy.start();
    const env = {
      AUTOSCALER_COLLECTOR_ALLOWED_URLS: proxy.url,
      AUTOSCALER_COLLECTOR_INTERVAL: '3s',
      AUTOSCALER_COLLECTOR_TIMEOUT: '2s',
      AUTOSCALER_COLLECTOR_MAX_SAMPLE_AGE: '30s',
    };
    system = await startSystem({ env });
    ada = await ApiClient.register(system.urls.api, 'ada');
    owner = await tenant();
    ({ namespace } = owner);
    const connection = { name: 'prod', type: 'kubernetes', spec: { server: proxy.url, ca: pki('ca.crt') } };
    const stored = await ada.post('/connections', { ...connection, secrets: { token: owner.token } });
    expect(stored).toMatchObject({ status: 201 });
    expect(JSON.stringify(stored.body)).not.toContain(owner.token);
  });
  afterAll(async () => {
    await setMetrics(USUAL);
    await system?.stop();
    await proxy?.close();
  });
  beforeEach(async () => setMetrics(USUAL));

  const start = async (
    name: string,
    more: object = {},
    options: Parameters<typeof workload>[2] = {},
  ): Promise<string> => {
    apply(workload(namespace, name, options));
    await ready(namespace, name, options.replicas ?? 2);
    const kind = options.kind ?? 'Deployment';
    const provider = { type: 'kubernetes', connection: 'prod', namespace, kind, name, allow_scale_down: true };
    clusters += 1;
    const cluster = {
      name: `${name}-${clusters}`,
      min_servers: 1,
      max_servers: 20,
      policy: TRACKING,
      provider,
      ...more,
    };
    const { status, body } = await ada.post<{ id: string }>('/clusters', cluster);
    expect([status, body]).toEqual([201, expect.anything()]);
    return body.id;
  };
  const alertsOf = async (id: string): Promise<readonly string[]> => {
    const { body } = await ada.get<Alerts>(`/clusters/${id}/alerts`);
    return (body.alerts ?? []).filter(({ until }) => until === null).map(({ code }) => code);
  };

  it('reports a test of the connection', async () => {
    expect(await ada.post('/connections/prod/test', {})).toMatchObject({
      status: 200,
      body: {
        reachable: true,
        identity: `system:serviceaccount:${namespace}:autoscaler`,
        version: 'v1.37.2',
        missing: expect.arrayContaining([{ right: 'list pods in all namespaces', needed_for: 'reading' }]),
      },
    });
  });

  it.each(['Deployment', 'StatefulSet'])('scales a %s out and in by target_tracking', async (kind) => {
    await setMetrics({ cpu: '90m' });
    const name = `tracked-${kind.toLowerCase()}`;
    const spec = kind === 'StatefulSet' ? { podManagementPolicy: 'Parallel' } : {};
    const id = await start(name, {}, { kind, spec });
    await eventually('it has more servers', () => replicasOf(namespace, name, kind) >= 4);
    await setMetrics({ cpu: '10m' });
    await eventually('it has fewer again', () => replicasOf(namespace, name, kind) <= 2);
    const { body } = await ada.get<Events>(`/clusters/${id}/events`);
    expect(body.events.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    await ada.delete(`/clusters/${id}`);
  });

  it('scales out by the service level', async () => {
    await setMetrics({ cpu: '99m' });
    const policy = { slo: { violations: '1%', max_utilization: '90%' } };
    const id = await start('promised', { policy });
    await eventually('it has more servers', () => replicasOf(namespace, 'promised') > 2);
    await ada.delete(`/clusters/${id}`);
  });

  it('only recommends while an HPA acts, and says so', async () => {
    await setMetrics({ cpu: '90m' });
    apply(hpaOf(namespace, 'shared', { min: 2, max: 2, utilization: 99 }));
    const id = await start('shared');
    await eventually('the alert is raised', async () => (await alertsOf(id)).includes('target_blocked'));
    await eventually('it recommends more', async () => {
      const { body } = await ada.get<Decisions>(`/clusters/${id}/decisions`);
      return body.decisions.some(({ action, desired }) => action === 'SCALE_UP' && desired > 2);
    });
    expect((await ada.get<Events>(`/clusters/${id}/events`)).body.events).toEqual([]);
    expect(replicasOf(namespace, 'shared')).toBe(2);
    kubectl(['delete', 'hpa', 'shared', '-n', namespace]);
    await eventually('it acts', () => replicasOf(namespace, 'shared') > 2);
    await eventually('the alert is over', async () => !(await alertsOf(id)).includes('target_blocked'));
    await ada.delete(`/clusters/${id}`);
  });

  it('records what an HPA wants beside its own decisions, as the load changes', async () => {
    apply(hpaOf(namespace, 'beside', { min: 2, max: 6, utilization: 80 }));
    const id = await start('beside', { policy: { ...TRACKING, mode: 'recommend' } });
    const wants = async (desired: number): Promise<void> => {
      const theirs = { by: 'HorizontalPodAutoscaler beside', desired };
      const recorded = await eventually(`it wants ${desired}`, async () => {
        const { body } = await ada.get<Decisions>(`/clusters/${id}/decisions?limit=1`);
        return body.decisions[0]?.theirs?.desired === desired ? body.decisions[0] : null;
      });
      expect(recorded.theirs).toEqual(theirs);
      expect((await ada.get(`/clusters/${id}/status`)).body).toMatchObject({ theirs });
    };
    await wants(2);
    await setMetrics({ cpu: '200m' });
    await wants(6);
    const { body } = await ada.get(`/clusters/${id}/timeline?range=5m`);
    expect(body).toMatchObject({ theirs_by: 'HorizontalPodAutoscaler beside', theirs: expect.arrayContaining([2, 6]) });
    expect((await ada.get<Events>(`/clusters/${id}/events`)).body.events).toEqual([]);
    kubectl(['delete', 'hpa', 'beside', '-n', namespace]);
    await ada.delete(`/clusters/${id}`);
  });

  it('leaves servers as they are while the API server is away, and continues afterwards', async () => {
    const id = await start('away', {}, { replicas: 3 });
    await eventually('it was ticked', async () => {
      const { body } = await ada.get<Decisions>(`/clusters/${id}/decisions`);
      return body.decisions.length > 2;
    });
    proxy.cut();
    await setMetrics({ cpu: '1m' });
    await eventually('the alert is raised', async () => (await alertsOf(id)).includes('provider_unreachable'));
    expect(replicasOf(namespace, 'away')).toBe(3);
    proxy.mend();
    await eventually('it removes servers again', () => replicasOf(namespace, 'away') < 3);
    await ada.delete(`/clusters/${id}`);
  });

  it('loses and doubles nothing when it is killed during a change', async () => {
    const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 50 }] } };
    const id = await start('killed', { policy }, { startDelay: '3s' });
    await ada.post(`/clusters/${id}/scale`, { desired_servers: 8, hold_for: '10m' });
    await eventually('the count is set', () => replicasOf(namespace, 'killed') === 8);
    await system.autoscaler.stop('SIGKILL');
    await system.autoscaler.start();
    ada = await ApiClient.login(system.urls.api, 'ada');
    await ready(namespace, 'killed', 8);
    const changed = await eventually('the change is recorded', async () => {
      const { body } = await ada.get<Events>(`/clusters/${id}/events`);
      return body.events.every(({ outcome }) => outcome !== 'pending') ? body.events : null;
    });
    expect(changed).toMatchObject([{ desired: 8, outcome: 'success' }]);
    expect(replicasOf(namespace, 'killed')).toBe(8);
    await ada.delete(`/clusters/${id}`);
  });
});
