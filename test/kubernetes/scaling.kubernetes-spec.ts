import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countServers } from '../../libs/providers/src/sdk/index.js';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import { eventually } from '../support/eventually.js';
import {
  apply,
  grant,
  kubectl,
  ready,
  replicasOf,
  type Tenant,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';
import {
  apiOf,
  clusterOf,
  readOne,
  serversOf,
  sessionOf,
  setDesired,
  warnings,
  type WatchedApi,
} from './support/session.js';

const HPA = (namespace: string, change: object = {}) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web-hpa', namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 9,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
    ...change,
  },
});

describe('scaling a workload', () => {
  let owner: Tenant;
  let namespace: string;
  let api: WatchedApi;
  let session: KubernetesSession;
  beforeEach(async () => {
    owner = await tenant();
    ({ namespace } = owner);
    api = apiOf(owner);
    session = sessionOf(owner, undefined, { api });
  });
  afterEach(async () => {
    await session.close();
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  it.each(['Deployment', 'ReplicaSet', 'StatefulSet'])('adds pods to a %s and removes some', async (kind) => {
    apply(
      workload(namespace, 'web', { kind, spec: kind === 'StatefulSet' ? { podManagementPolicy: 'Parallel' } : {} }),
    );
    await ready(namespace, 'web', 2);
    const cluster = clusterOf(namespace, 'web', { kind, allow_scale_down: true });
    expect(await readOne(session, cluster)).toMatchObject({ desired: 2, blocked: null });
    expect((await setDesired(session, cluster, 4)).desired).toBe(4);
    await eventually('four are active', async () => countServers(await serversOf(session, cluster)).active === 4);
    expect(replicasOf(namespace, 'web', kind)).toBe(4);
    await setDesired(session, cluster, 1);
    await eventually('one is left', async () => (await serversOf(session, cluster)).length === 1);
  });

  it('removes no pod with an identity unless that is allowed', async () => {
    apply(workload(namespace, 'db', { kind: 'StatefulSet' }));
    await ready(namespace, 'db', 2);
    const cluster = clusterOf(namespace, 'db', { kind: 'StatefulSet' });
    await readOne(session, cluster);
    await expect(setDesired(session, cluster, 1)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('allow_scale_down: true'),
    });
    expect(replicasOf(namespace, 'db', 'statefulset')).toBe(2);
    expect((await setDesired(session, cluster, 3)).desired).toBe(3);
  });

  it('finds a custom resource by its kind, and says when the kind is gone', async () => {
    const versions = [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.size',
            statusReplicasPath: '.status.size',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    ];
    apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'fleets.example.test' },
      spec: { group: 'example.test', scope: 'Namespaced', names: { kind: 'Fleet', plural: 'fleets' }, versions },
    });
    kubectl(['wait', '--for=condition=Established', 'crd/fleets.example.test', '--timeout=30s']);
    apply({ apiVersion: 'example.test/v1', kind: 'Fleet', metadata: { name: 'web', namespace }, spec: { size: 2 } });
    const status = JSON.stringify({ status: { size: 2, selector: 'app=web' } });
    kubectl(['patch', 'fleet', 'web', '-n', namespace, '--subresource=status', '--type=merge', '-p', status]);
    const cluster = clusterOf(namespace, 'web', { kind: 'fleet', group: 'example.test' });
    expect(await readOne(session, cluster)).toMatchObject({ desired: 2, servers: [] });
    await setDesired(session, cluster, 5);
    expect(kubectl(['get', 'fleet', 'web', '-n', namespace, '-o', 'jsonpath={.spec.size}'])).toBe('5');
    kubectl(['delete', 'crd', 'fleets.example.test']);
    // The kind is gone a moment after its definition.
    await eventually('it is not found', async () =>
      setDesired(session, cluster, 6).then(
        () => false,
        (error: { code: string }) => error.code === 'not_found',
      ),
    );
    await expect(readOne(session, cluster)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('goes through where only the version has changed meanwhile', async () => {
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    let touched = 0;
    api.beforePut = () => {
      if (touched >= 2) return;
      touched += 1;
      kubectl(['annotate', 'deployment', 'web', '-n', namespace, `touched=${touched}`, '--overwrite']);
    };
    expect((await setDesired(session, cluster, 3)).desired).toBe(3);
    expect(api.count(/^PUT/)).toBe(3);
  });

  it.each(['after the decision', 'between reading and writing'])(
    'is refused where another system has changed the count %s',
    async (when) => {
      apply(workload(namespace, 'web'));
      await ready(namespace, 'web', 2);
      const cluster = clusterOf(namespace, 'web');
      await readOne(session, cluster);
      const change = (): string => kubectl(['scale', 'deployment', 'web', '-n', namespace, '--replicas=6']);
      if (when === 'after the decision') change();
      else {
        api.beforePut = () => {
          api.beforePut = () => undefined;
          change();
        };
      }
      await expect(setDesired(session, cluster, 3)).rejects.toMatchObject({
        code: 'conflict',
        message: 'its desired count was changed from 2 to 6 meanwhile',
      });
      expect(replicasOf(namespace, 'web')).toBe(6);
      // The next decision starts from what is there now.
      expect((await readOne(session, cluster)).desired).toBe(6);
      expect((await setDesired(session, cluster, 5)).desired).toBe(5);
    },
  );

  it('is refused where the workload was made again meanwhile', async () => {
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    kubectl(['delete', 'deployment', 'web', '-n', namespace]);
    apply(workload(namespace, 'web'));
    await expect(setDesired(session, cluster, 1)).rejects.toMatchObject({ code: 'conflict' });
    expect(replicasOf(namespace, 'web')).toBe(2);
  });

  it('asked for twice changes nothing the second time', async () => {
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    await setDesired(session, cluster, 3);
    await setDesired(session, cluster, 3);
    expect(api.count(/^PUT/)).toBe(1);
  });

  it('is left to an HPA that may act, and not to one that is switched off', async () => {
    apply(workload(namespace, 'web'), HPA(namespace));
    await ready(namespace, 'web', 2);
    const cluster = clusterOf(namespace, 'web');
    const by = 'HorizontalPodAutoscaler web-hpa';
    await eventually('it is seen', async () => (await readOne(session, cluster)).blocked?.by === by);
    expect((await readOne(session, cluster)).blocked?.reason).toBe(
      `it scales Deployment web in namespace ${namespace} between 2 and 9 replicas`,
    );
    await expect(setDesired(session, cluster, 3)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(by),
    });
    const off = { selectPolicy: 'Disabled' };
    apply(HPA(namespace, { behavior: { scaleUp: off, scaleDown: off } }));
    await eventually('it is switched off', async () => (await readOne(session, cluster)).blocked === null);
    expect((await setDesired(session, cluster, 3)).desired).toBe(3);
  });

  it('is an event of the workload, at most one a minute', async () => {
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    await setDesired(session, cluster, 3, 'The load needs 2.4.');
    const described = await eventually('it is there', () => {
      const text = kubectl(['describe', 'deployment', 'web', '-n', namespace]);
      return text.includes('Scaled 2 → 3') ? text : null;
    });
    expect(described).toMatch(/Normal +Scaled .* autoscaler +Scaled 2 → 3: The load needs 2\.4\./);
    await setDesired(session, cluster, 4, 'More.');
    await setDesired(session, cluster, 5, 'More.');
    const events = kubectl(['get', 'events', '-n', namespace, '--field-selector', 'reason=Scaled', '-o', 'name']);
    expect(events.trim().split('\n')).toHaveLength(1);
  });

  it('continues if no event may be written, and logs that once', async () => {
    const rules = [...WATCHING, { apiGroups: ['*'], resources: ['*/scale'], verbs: ['update'] }];
    await grant(owner, rules, { group: 'events.k8s.io', resource: 'events', verb: 'create' }, false);
    apply(workload(namespace, 'web'), workload(namespace, 'api'));
    await ready(namespace, 'web', 2);
    await ready(namespace, 'api', 2);
    warnings.length = 0;
    for (const name of ['web', 'api']) {
      const cluster = clusterOf(namespace, name);
      await readOne(session, cluster);
      expect((await setDesired(session, cluster, 3)).desired).toBe(3);
      await eventually('it was said', () => warnings.length > 0);
    }
    expect(warnings).toEqual([
      `cannot write an event of Deployment web: the right is missing to create events.events.k8s.io in namespace ${namespace}`,
    ]);
  });

  it('never touches the workload that the service runs in', async () => {
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
    const cluster = clusterOf(namespace, 'web');
    const [pod] = await serversOf(session, cluster);
    const inside = sessionOf(owner, undefined, { self: pod!.id });
    await expect(readOne(inside, cluster)).rejects.toMatchObject({ code: 'refused' });
    await expect(setDesired(inside, cluster, 3)).rejects.toMatchObject({ code: 'refused' });
    expect(replicasOf(namespace, 'web')).toBe(2);
    await inside.close();
  });
});
