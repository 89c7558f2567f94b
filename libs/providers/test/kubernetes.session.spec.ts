import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KedaSession } from '../src/keda/keda.session.js';
import type { KubernetesMetrics, KubernetesTarget } from '../src/kubernetes/kubernetes.fields.js';
import type { KubernetesSession } from '../src/kubernetes/kubernetes.session.js';
import type { ProviderCluster, Reading } from '../src/sdk/index.js';
import { KubernetesStub } from './kubernetes-stub.js';

type Cluster = ProviderCluster<KubernetesTarget, KubernetesMetrics>;

function clusterOf(namespace: string, change: Partial<KubernetesTarget> = {}): Cluster {
  const target = { namespace, kind: 'StatefulSet', name: 'web', ...change };
  const { allow_scale_down: _allowed, ...workload } = target;
  return { id: `${namespace}/${target.kind}`, target, metrics: { ...workload, basis: 'request' }, fence: null };
}

describe('a session of Kubernetes', () => {
  let stub: KubernetesStub;
  let session: KubernetesSession;
  beforeEach(() => {
    stub = new KubernetesStub();
    session = stub.session();
  });
  afterEach(async () => session.close());

  const read = async (clusters: readonly Cluster[], timeoutMs = 2000): Promise<readonly unknown[]> => {
    const readings = await session.read(clusters, { signal: AbortSignal.timeout(timeoutMs), timeoutMs });
    return clusters.map(({ id }) => readings.get(id));
  };

  it('states the servers in time while the metrics hang', async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    stub.answers.set('/apis/metrics.k8s.io/v1beta1/namespaces/prod/pods', 'hang');
    const [reading] = await read([clusterOf('prod')], 400);
    expect(reading).toMatchObject({ servers: [{ id: 'web-0' }], desired: 1, samples: { code: 'unreachable' } });
  });

  it('states how many pods took the load that the metrics show', async () => {
    const readyAt = (time: string) => ({ type: 'Ready', status: 'True', lastTransitionTime: time });
    const pods = ['2026-01-05T12:00:00Z', '2026-01-05T12:00:30Z', '2026-01-05T12:00:31Z'].map((time, index) => ({
      metadata: { name: `web-${index}`, labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', resources: { requests: { cpu: '100m' } } }] },
      status: { phase: 'Running', conditions: [readyAt(time)] },
    }));
    const used = { timestamp: '2026-01-05T12:00:30Z', containers: [{ name: 'main', usage: { cpu: '50m' } }] };
    stub.workload('prod', 'statefulsets', 'web', ['web-0', 'web-1', 'web-2']);
    stub.list('/api/v1/namespaces/prod/pods', pods);
    const metrics = '/apis/metrics.k8s.io/v1beta1/namespaces/prod/pods';
    stub.list(metrics, [
      { metadata: { name: 'web-0' }, window: '1m0.5s', ...used },
      { metadata: { name: 'web-1' }, window: '20.062s', ...used },
    ]);
    const [reading] = await read([clusterOf('prod')]);
    expect(reading).toMatchObject({ late: { ms: 60_500, servers: 2 } });
  });

  it('takes no metrics of another workload whose pods have the same names', async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    stub.workload('staging', 'statefulsets', 'web', ['web-0']);
    const mixed = { ...clusterOf('prod'), metrics: clusterOf('staging').metrics };
    const [own, other] = [(await read([clusterOf('prod')]))[0], (await read([mixed]))[0]];
    expect((own as Reading).samples).toMatchObject([{ serverId: 'web-0', cpu: 50 }]);
    expect(other).toMatchObject({ servers: [{ id: 'web-0' }], samples: { code: 'refused' } });
  });

  it.each<[string, string, string, object]>([
    ['refused for a StatefulSet', 'StatefulSet', 'apps', { code: 'refused' }],
    ['refused for a custom resource', 'Fleet', 'example.test', { code: 'refused' }],
    ['carried out for a Deployment', 'Deployment', 'apps', { desired: 1 }],
  ])('where no pods are listed, a removal is %s', async (_name, kind, group, expected) => {
    const plural = `${kind.toLowerCase()}s`;
    stub.workload('prod', 'statefulsets', 'web', []);
    stub.scale(`/apis/${group}/v1/namespaces/prod/${plural}/web/scale`, 2, 'web');
    const cluster = clusterOf('prod', { kind, group });
    await read([cluster]);
    // Its pods are as few as they were: that is waited for, for a moment only.
    const signal = AbortSignal.timeout(300);
    const outcome = await session.setDesired(cluster, 1, { signal }).catch((error: unknown) => error);
    expect(outcome).toMatchObject(expected);
    expect(stub.puts).toHaveLength('desired' in expected ? 1 : 0);
  });

  it("names an HPA that is not KEDA's before KEDA's, and KEDA acts beside its own only", async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    const hpas = '/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers';
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' };
    const kedas = {
      metadata: { name: 'keda-hpa-web', ownerReferences: [{ kind: 'ScaledObject', name: 'web' }] },
      spec: { scaleTargetRef, maxReplicas: 9 },
    };
    const foreign = { metadata: { name: 'web-hpa' }, spec: { scaleTargetRef, maxReplicas: 9 } };
    stub.list(hpas, [kedas]);
    const cluster = { ...clusterOf('prod'), metrics: null };
    const blocked = async (): Promise<unknown> => {
      const keda = new KedaSession(stub.session());
      const reading = (await keda.read([cluster], { signal: AbortSignal.timeout(2000) })).get(cluster.id);
      await keda.close();
      return (reading as Reading).blocked;
    };
    expect(await blocked()).toBeNull();
    stub.list(hpas, [kedas, foreign]);
    expect(await blocked()).toMatchObject({
      by: 'HorizontalPodAutoscaler web-hpa',
      limit: { field: 'maxReplicas', servers: 9 },
    });
  });

  it('publishes a count for KEDA, which is in force at once, and writes nothing', async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0', 'web-1']);
    const keda = new KedaSession(stub.session());
    const cluster = { ...clusterOf('prod'), metrics: null };
    const call = { signal: AbortSignal.timeout(2000) };
    const reading = (await keda.read([cluster], call)).get(cluster.id) as Reading;
    expect(reading).toMatchObject({ published: true, servers: [{}, {}] });
    expect(reading.desired).toBeUndefined();
    expect(await keda.setDesired(cluster, 1, call)).toMatchObject({ desired: 1, servers: [{}, {}] });
    expect(stub.puts).toEqual([]);
    await keda.close();
  });

  it('states what an HPA wants, one that acts before an idle one, and that of KEDA by its ScaledObject', async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    const hpas = '/apis/autoscaling/v2/namespaces/prod/horizontalpodautoscalers';
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' };
    const off = { selectPolicy: 'Disabled' };
    const resource = { target: { averageUtilization: 50 }, current: { averageUtilization: 200 } };
    const hpa = (metadata: object, desiredReplicas: number, isIdle = false) => ({
      metadata,
      spec: {
        scaleTargetRef,
        maxReplicas: 9,
        metrics: [{ type: 'Resource', resource }],
        behavior: isIdle ? { scaleUp: off, scaleDown: off } : {},
      },
      status: {
        desiredReplicas,
        currentReplicas: 1,
        currentMetrics: [{ type: 'Resource', resource }],
        conditions: [{ type: 'ScalingActive', status: 'True' }],
      },
    });
    const theirs = async (...items: readonly object[]): Promise<unknown> => {
      stub.list(hpas, items);
      const other = stub.session();
      const reading = (await other.read([clusterOf('prod')], { signal: AbortSignal.timeout(2000) })).get(
        clusterOf('prod').id,
      );
      await other.close();
      return (reading as Reading).theirs;
    };
    const keda = { name: 'keda-hpa-web', ownerReferences: [{ kind: 'ScaledObject', name: 'web' }] };
    expect(await theirs()).toBeNull();
    expect(await theirs({ ...hpa({ name: 'web' }, 3), status: { desiredReplicas: 3 } })).toBeNull();
    expect(await theirs(hpa({ name: 'web' }, 1, true))).toEqual({ by: 'HorizontalPodAutoscaler web', desired: 4 });
    expect(await theirs(hpa({ name: 'web' }, 1, true), hpa(keda, 7))).toEqual({ by: 'ScaledObject web', desired: 7 });
    expect(await theirs(hpa(keda, 7), hpa({ name: 'web' }, 3))).toMatchObject({ desired: 3 });
  });

  it('fails for one cluster only where its Scale is none', async () => {
    stub.workload('staging', 'statefulsets', 'web', ['web-0']);
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    stub.answers.set('/apis/apps/v1/namespaces/prod/statefulsets/web/scale', {});
    const [broken, whole] = await read([clusterOf('prod'), clusterOf('staging')]);
    expect(broken).toMatchObject({
      code: 'invalid',
      message: 'the Scale of StatefulSet web states no version or no count',
    });
    expect(whole).toMatchObject({ desired: 1 });
  });

  it('tells workloads of two groups apart that have the same kind and name', async () => {
    stub.workload('prod', 'deployments', 'web', ['web-0']);
    stub.scale('/apis/example.test/v1/namespaces/prod/deployments/web/scale', 1, 'other');
    const metrics = null;
    const [apps, other] = ['apps', 'example.test'].map((group) => ({
      ...clusterOf('prod', { kind: 'Deployment', group }),
      metrics,
    }));
    expect((await read([apps!]))[0]).toMatchObject({ servers: [{ id: 'web-0' }] });
    expect((await read([other!]))[0]).toMatchObject({ servers: [] });
  });

  it('changes no count that this session has not read', async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    const signal = AbortSignal.timeout(300);
    await expect(session.setDesired(clusterOf('prod'), 3, { signal })).rejects.toMatchObject({ code: 'conflict' });
    expect(stub.puts).toEqual([]);
    // Asked for twice, it is so already.
    expect(await session.setDesired(clusterOf('prod'), 1, { signal })).toMatchObject({ desired: 1 });
    await read([clusterOf('prod')]);
    await session.setDesired(clusterOf('prod'), 3, { signal });
    expect(stub.puts).toHaveLength(1);
  });
});
