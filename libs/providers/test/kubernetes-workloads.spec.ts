import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import type { KubernetesSession } from '../src/kubernetes/kubernetes.session.js';
import type { FoundWorkload, WorkloadList } from '../src/sdk/index.js';
import { KubernetesStub } from './kubernetes-stub.js';

const CONTAINERS = [
  { name: 'main', resources: { requests: { cpu: '250m', memory: '128Mi' } } },
  { name: 'proxy', resources: { limits: { cpu: '0.25', memory: '128Mi' } } },
];

function workload(namespace: string, name: string, more: object = {}, owner: object = {}): object {
  return {
    metadata: { namespace, name, uid: `${namespace}/${name}`, ...owner },
    spec: { replicas: 3, template: { spec: { containers: CONTAINERS } } },
    status: { readyReplicas: 2 },
    ...more,
  };
}

function hpa(name: string, spec: object, more: object = {}): object {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  return { metadata: { name, namespace: 'shop', ...more }, spec: { scaleTargetRef, maxReplicas: 9, ...spec } };
}

const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };

describe('the workloads of a Kubernetes cluster', () => {
  let stub: KubernetesStub;
  let session: KubernetesSession;
  beforeEach(() => {
    stub = new KubernetesStub();
    session = stub.session('web-7f-x1');
  });
  afterEach(async () => session.close());

  const list = async (namespaces: readonly string[] = [], limit = 100): Promise<WorkloadList> =>
    session.workloads({ namespaces, limit }, { signal: AbortSignal.timeout(2000) });
  const only = async (): Promise<FoundWorkload> => {
    const { workloads } = await list();
    expect(workloads).toHaveLength(1);
    return workloads[0]!;
  };

  it('are those of every kind that can be scaled, with counts and requests', async () => {
    stub.list('/apis/apps/v1/deployments', [workload('web', 'b'), workload('shop', 'a', { status: {} })]);
    stub.list('/apis/apps/v1/statefulsets', [workload('shop', 'db')]);
    stub.list('/apis/example.test/v1/fleets', [workload('shop', 'boats', { spec: {}, status: {} })]);
    stub.scale('/apis/example.test/v1/namespaces/shop/fleets/boats/scale', 5, 'boats');
    const { workloads, missing, isCut } = await list();
    expect({ missing, isCut }).toEqual({ missing: [], isCut: false });
    const requests = { cpuMillis: 500, memoryMiB: 256 };
    expect(workloads).toMatchObject([
      { target: { namespace: 'shop', kind: 'Deployment', group: 'apps', name: 'a' }, desired: 3, ready: 0, requests },
      {
        target: { namespace: 'shop', kind: 'Fleet', group: 'example.test', name: 'boats' },
        desired: 5,
        ready: null,
        requests: null,
      },
      { target: { namespace: 'shop', kind: 'StatefulSet', group: 'apps', name: 'db' }, desired: 3, ready: 2, requests },
      { namespace: 'web', kind: 'Deployment', name: 'b', desired: 3, ready: 2, scaledBy: null, refused: null },
    ]);
  });

  it('are read once, and not followed', async () => {
    stub.list('/apis/example.test/v1/fleets', [workload('shop', 'boats', { spec: {}, status: {} })]);
    stub.scale('/apis/example.test/v1/namespaces/shop/fleets/boats/scale', 5, 'boats');
    const [get, watch] = [jest.spyOn(stub, 'get'), jest.spyOn(stub, 'watch')];
    expect((await only()).desired).toBe(5);
    await turn();
    const ofShop = get.mock.calls.map(([path]) => path).filter((path) => path.includes('/namespaces/shop/'));
    expect(ofShop).toEqual(['/apis/example.test/v1/namespaces/shop/fleets/boats/scale']);
    expect(watch).not.toHaveBeenCalled();
  });

  it('have no requests where one container states none', async () => {
    const template = {
      spec: { containers: [...CONTAINERS, { name: 'log', resources: { requests: { cpu: '0.5' } } }] },
    };
    stub.list('/apis/apps/v1/deployments', [workload('shop', 'web', { spec: { replicas: 1, template } })]);
    expect((await only()).requests).toEqual({ cpuMillis: 1000, memoryMiB: null });
  });

  it('leave out what another one scales, and are not scaled where the service runs in their pods', async () => {
    const owned = (apiVersion: string, kind: string, name: string) => ({
      ownerReferences: [{ apiVersion, kind, name, uid: `shop/${name}`, controller: true }],
    });
    stub.list('/apis/apps/v1/deployments', [workload('shop', 'web'), workload('kube-system', 'dns')]);
    // In the place of ReplicaSets, which this stub does not discover.
    const middle = workload('shop', 'web-7f', {}, owned('apps/v1', 'Deployment', 'web'));
    stub.list('/apis/apps/v1/statefulsets', [middle]);
    stub.list('/api/v1/pods', [{ metadata: owned('apps/v1', 'StatefulSet', 'web-7f') }]);
    expect((await list()).workloads.map(({ name, refused }) => [name, refused])).toEqual([
      ['dns', 'The service scales nothing in the namespace kube-system.'],
      ['web', 'This service runs in its pods, and does not scale itself.'],
    ]);
  });

  it('name their HPA with bounds, target, state and every other metric', async () => {
    stub.list('/apis/apps/v1/deployments', [workload('shop', 'web')]);
    const target = { type: 'AverageValue', averageValue: '100' };
    const metrics = [
      CPU,
      { type: 'Resource', resource: { name: 'memory', target: { averageUtilization: 80 } } },
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'main', target: { averageValue: '1' } },
      },
      { type: 'Pods', pods: { metric: { name: 'http_requests' }, target } },
      {
        type: 'Object',
        object: { describedObject: { kind: 'Ingress', name: 'in' }, metric: { name: 'rps' }, target: { value: '10k' } },
      },
      { type: 'External', external: { metric: { name: 'queue' }, target } },
      { type: 'Later' },
    ];
    const conditions = [{ type: 'ScalingActive', status: 'True', reason: 'Ready', message: 'it can' }];
    const status = { currentReplicas: 3, desiredReplicas: 4, conditions };
    stub.list('/apis/autoscaling/v2/horizontalpodautoscalers', [
      { ...hpa('web', { minReplicas: 2, metrics }), status },
      hpa('other', {}),
    ]);
    expect((await only()).scaledBy).toEqual({
      by: 'HorizontalPodAutoscaler other',
      others: ['HorizontalPodAutoscaler web'],
      min: 1,
      max: 9,
      desired: null,
      current: null,
      cpuTarget: null,
      metrics: [],
      conditions: [],
    });
    stub.list('/apis/autoscaling/v2/horizontalpodautoscalers', [
      { ...hpa('web', { minReplicas: 2, metrics }), status },
    ]);
    expect((await only()).scaledBy).toEqual({
      by: 'HorizontalPodAutoscaler web',
      others: [],
      min: 2,
      max: 9,
      desired: 4,
      current: 3,
      cpuTarget: 60,
      metrics: [
        'memory at 80 % of the request',
        'cpu of the container main at 1 per pod',
        'the pod metric http_requests at 100 per pod',
        'the metric rps of Ingress in at 10k',
        'the external metric queue at 100 per pod',
        'a metric of the type Later',
      ],
      conditions: [
        {
          type: 'ScalingActive',
          isTrue: true,
          reason: 'Ready',
          message: 'it can',
        },
      ],
    });
  });

  it('do not know what an HPA wants that reads no metrics: it states 0 then', async () => {
    stub.list('/apis/apps/v1/deployments', [workload('shop', 'web')]);
    const conditions = [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric' }];
    const status = { currentReplicas: 3, desiredReplicas: 0, conditions };
    stub.list('/apis/autoscaling/v2/horizontalpodautoscalers', [{ ...hpa('web', { metrics: [CPU] }), status }]);
    expect((await only()).scaledBy).toMatchObject({ desired: null, current: 3 });
  });

  it('name the ScaledObject of KEDA in the place of the HPA that it made', async () => {
    stub.list('/apis/apps/v1/deployments', [workload('shop', 'web')]);
    const made = hpa('keda-hpa-web', { metrics: [CPU] }, { ownerReferences: [{ kind: 'ScaledObject', name: 'web' }] });
    const scaling = { type: 'ScalingActive', status: 'True' };
    const status = { desiredReplicas: 4, conditions: [scaling] };
    stub.list('/apis/autoscaling/v2/horizontalpodautoscalers', [{ ...made, status }]);
    expect((await only()).scaledBy).toMatchObject({ by: 'ScaledObject web', others: [], min: 1, max: 9, desired: 4 });
    stub.answers.set('/apis/keda.sh/v1alpha1', { resources: [] });
    const triggers = [{ type: 'cpu' }, { type: 'kafka' }];
    const conditions = [{ type: 'Paused', status: 'Unknown' }];
    stub.list('/apis/keda.sh/v1alpha1/scaledobjects', [
      {
        metadata: { name: 'web', namespace: 'shop' },
        spec: { scaleTargetRef: { name: 'web' }, maxReplicaCount: 8, triggers },
        status: { conditions },
      },
    ]);
    expect((await only()).scaledBy).toEqual({
      by: 'ScaledObject web',
      others: [],
      min: 0,
      max: 8,
      desired: 4,
      current: null,
      cpuTarget: 60,
      metrics: ['the trigger kafka'],
      conditions: [
        { type: 'Paused', isTrue: null, reason: '', message: '' },
        { type: 'ScalingActive', isTrue: true, reason: '', message: '' },
      ],
    });
  });

  it('come from single namespaces where rights are for these, and each missing right is named', async () => {
    stub.answers.set('/apis/keda.sh/v1alpha1', { resources: [] });
    for (const path of [
      'apps/v1/deployments',
      'autoscaling/v2/horizontalpodautoscalers',
      'keda.sh/v1alpha1/scaledobjects',
    ])
      stub.answers.set(`/apis/${path}`, 'forbidden');
    stub.answers.set('/api/v1/pods', 'forbidden');
    expect(await list()).toEqual({
      workloads: [],
      isCut: false,
      missing: [
        'list deployments.apps in all namespaces',
        'list horizontalpodautoscalers.autoscaling in all namespaces',
        'list pods in all namespaces',
        'list scaledobjects.keda.sh in all namespaces',
      ],
    });
    for (const namespace of ['shop', 'web'])
      stub.list(`/apis/apps/v1/namespaces/${namespace}/deployments`, [workload(namespace, 'web')]);
    stub.answers.set('/apis/autoscaling/v2/namespaces/web/horizontalpodautoscalers', 'forbidden');
    const { workloads, missing } = await list(['shop', 'web', 'shop']);
    expect(missing).toEqual(['list horizontalpodautoscalers.autoscaling in namespace web']);
    expect(workloads.map(({ namespace, unknown }) => [namespace, unknown])).toEqual([
      ['shop', null],
      ['web', 'the right is missing to list horizontalpodautoscalers.autoscaling in namespace web'],
    ]);
  });

  it('are no more than asked for, and the list says that there are more', async () => {
    stub.list(
      '/apis/apps/v1/deployments',
      ['a', 'b', 'c'].map((name) => workload('shop', name)),
    );
    const { workloads, isCut } = await list([], 2);
    expect([workloads.map(({ name }) => name), isCut]).toEqual([['a', 'b'], true]);
    expect((await list([], 3)).isCut).toBe(false);
  });

  it('are an error where the list cannot be read for another reason', async () => {
    stub.answers.set('/apis/apps/v1/deployments', 'hang');
    const { signal } = { signal: AbortSignal.timeout(50) };
    await expect(session.workloads({ namespaces: [], limit: 9 }, { signal })).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});
