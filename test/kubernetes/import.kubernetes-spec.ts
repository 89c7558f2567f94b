import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FoundWorkload, WorkloadList } from '../../libs/providers/src/sdk/index.js';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import { runCli } from '../support/cli.js';
import { ApiClient } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startSystem, type System } from '../support/programs.js';
import {
  apply,
  grant,
  type Json,
  kubectl,
  pki,
  ready,
  type Rule,
  SERVER,
  type Tenant,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';
import { sessionOf } from './support/session.js';

interface Imports {
  readonly clusters: readonly { readonly cluster: { readonly id: string } | null }[];
}

const SCHEMA = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** A kind of custom resources; `scale` says where its count is. */
function customKind(group: string, version: string, kind: string, plural: string, scale: Json | null): Json {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: SCHEMA, status: SCHEMA } } };
  const subresources = { status: {}, ...(scale === null ? {} : { scale }) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema, subresources }],
    },
  };
}

const FLEETS = customKind('ships.example', 'v1', 'Fleet', 'fleets', {
  specReplicasPath: '.spec.size.boats',
  statusReplicasPath: '.status.boats',
  labelSelectorPath: '.status.selector',
});
/** Custom resources need a rule of their own. */
const FLEET_RULE: Rule = { apiGroups: ['ships.example'], resources: ['fleets'], verbs: ['list'] };
const KEDA = customKind('keda.sh', 'v1alpha1', 'ScaledObject', 'scaledobjects', null);

function hpa(namespace: string, name: string, kind: string, more: Json, owner: Json = {}): Json {
  const target = name.replace('keda-hpa-', '');
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace, ...owner },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind, name: target },
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
      ...more,
    },
  };
}

describe('the workloads of a real Kubernetes cluster', () => {
  let owner: Tenant;
  let namespace: string;
  let session: KubernetesSession;
  const list = async (of = session, namespaces: readonly string[] = [namespace]): Promise<WorkloadList> =>
    of.workloads({ namespaces, limit: 5000 }, { signal: AbortSignal.timeout(10_000) });
  const find = ({ workloads }: WorkloadList, name: string): FoundWorkload => {
    const found = workloads.find((one) => one.namespace === namespace && one.name === name);
    if (found === undefined) throw new Error(`${name} is not listed: ${JSON.stringify(workloads)}`);
    return found;
  };

  beforeAll(async () => {
    owner = await tenant([...WATCHING, FLEET_RULE]);
    ({ namespace } = owner);
    apply(FLEETS, KEDA);
    kubectl(['wait', '--for=condition=Established', 'crd', 'fleets.ships.example', 'scaledobjects.keda.sh']);
    apply(
      workload(namespace, 'web'),
      workload(namespace, 'plain'),
      workload(namespace, 'db', { kind: 'StatefulSet', resources: { requests: { cpu: '1' } } }),
      workload(namespace, 'queue'),
      hpa(namespace, 'web', 'Deployment', {}),
    );
    // Discovery of a new kind takes the API server a moment.
    const made = (): true => {
      apply(
        {
          apiVersion: 'ships.example/v1',
          kind: 'Fleet',
          metadata: { name: 'boats', namespace },
          spec: { size: { boats: 4 } },
        },
        {
          apiVersion: 'keda.sh/v1alpha1',
          kind: 'ScaledObject',
          metadata: { name: 'queue', namespace },
          spec: {
            scaleTargetRef: { name: 'queue' },
            maxReplicaCount: 7,
            triggers: [{ type: 'cpu' }, { type: 'kafka' }],
          },
        },
      );
      return true;
    };
    await eventually('custom resources are served', made);
    const uid = kubectl(['get', 'scaledobject', 'queue', '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
    const reference = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'queue', uid };
    apply(hpa(namespace, 'keda-hpa-queue', 'Deployment', { maxReplicas: 7 }, { ownerReferences: [reference] }));
    await ready(namespace, 'web', 2);
    await ready(namespace, 'db', 2);
    session = sessionOf(owner);
  });
  afterAll(async () => {
    await session?.close();
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
    kubectl(['delete', 'crd', 'fleets.ships.example', 'scaledobjects.keda.sh', '--ignore-not-found']);
  });

  it('are Deployments, StatefulSets and custom resources with a scale, with what scales them', async () => {
    const found = await eventually('the HPA has decided', async () => {
      const now = await list();
      return find(now, 'web').scaledBy?.desired === 2 ? now : null;
    });
    expect(found).toMatchObject({ missing: [], isCut: false });
    expect(found.workloads.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Deployment plain',
      'Deployment queue',
      'Deployment web',
      'Fleet boats',
      'StatefulSet db',
    ]);
    expect(find(found, 'web')).toEqual({
      target: {
        namespace,
        kind: 'Deployment',
        group: 'apps',
        name: 'web',
      },
      namespace,
      kind: 'Deployment',
      name: 'web',
      desired: 2,
      ready: 2,
      unknown: null,
      refused: null,
      requests: {
        cpuMillis: 100,
        memoryMiB: 64,
      },
      scaledBy: {
        by: 'HorizontalPodAutoscaler web',
        others: [],
        min: 2,
        max: 9,
        desired: 2,
        current: 2,
        cpuTarget: 60,
        metrics: [],
        conditions: expect.arrayContaining([
          expect.objectContaining({
            type: 'AbleToScale',
            isTrue: true,
          }),
        ]),
      },
    });
    expect(find(found, 'plain').scaledBy).toBeNull();
    expect(find(found, 'db').requests).toEqual({ cpuMillis: 1000, memoryMiB: null });
    expect(find(found, 'boats')).toMatchObject({ desired: 4, ready: null, requests: null });
    expect(find(found, 'queue').scaledBy).toMatchObject({
      by: 'ScaledObject queue',
      others: [],
      min: 0,
      max: 7,
      cpuTarget: 60,
      metrics: ['the trigger kafka'],
    });
  });

  it('are not scaled where the service runs in their pods', async () => {
    const pod = kubectl(['get', 'pods', '-n', namespace, '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}']);
    const own = sessionOf(owner, undefined, { self: pod });
    const { workloads } = await list(own);
    await own.close();
    expect(workloads.filter(({ refused }) => refused !== null)).toMatchObject([
      { name: 'web', refused: 'This service runs in its pods, and does not scale itself.' },
    ]);
  });

  it('are listed in the whole cluster only with the rights for that', async () => {
    const { workloads, missing } = await list(session, []);
    expect(workloads).toEqual([]);
    expect(missing).toEqual(
      expect.arrayContaining([
        'list deployments.apps in all namespaces',
        'list fleets.ships.example in all namespaces',
        'list horizontalpodautoscalers.autoscaling in all namespaces',
        'list scaledobjects.keda.sh in all namespaces',
      ]),
    );
    const name = `${namespace}-list`;
    apply(
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name },
        rules: [...WATCHING, FLEET_RULE],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name: 'autoscaler', namespace }],
      },
    );
    try {
      const all = await eventually('the rights are in force', async () => {
        const now = await list(session, []);
        return now.missing.length === 0 ? now : null;
      });
      expect(all.workloads.filter((one) => one.namespace === namespace)).toEqual((await list()).workloads);
      expect(find(all, 'web').scaledBy).toMatchObject({ min: 2, max: 9 });
    } finally {
      kubectl(['delete', 'clusterrole,clusterrolebinding', name]);
    }
  });

  it.each([
    'deployments.apps',
    'statefulsets.apps',
    'replicasets.apps',
    'replicationcontrollers',
    'pods',
    'scaledobjects.keda.sh',
    'horizontalpodautoscalers.autoscaling',
  ])('need each right to list that watch.yaml gives: without %s it is named', async (what) => {
    const [resource = '', ...rest] = what.split('.');
    const group = rest.join('.');
    const rules = WATCHING.map((rule) =>
      rule.apiGroups.includes(group) ? { ...rule, resources: rule.resources.filter((one) => one !== resource) } : rule,
    ).filter(({ resources }) => resources.length > 0);
    const fewer = await tenant(rules);
    const small = sessionOf(fewer);
    try {
      await grant(fewer, rules, { group, resource, verb: 'list' }, false);
      const { missing } = await list(small, [fewer.namespace]);
      // What no file of ours can know of needs a rule of its own.
      expect(missing).toEqual(
        ['fleets.ships.example', what].toSorted().map((right) => `list ${right} in namespace ${fewer.namespace}`),
      );
    } finally {
      await small.close();
      kubectl(['delete', 'namespace', fewer.namespace, '--wait=false', '--ignore-not-found']);
    }
  });

  describe('imported by the service', () => {
    let system: System;
    let ada: ApiClient;
    const env = {
      AUTOSCALER_COLLECTOR_ALLOWED_URLS: SERVER,
      AUTOSCALER_COLLECTOR_INTERVAL: '3s',
      AUTOSCALER_COLLECTOR_TIMEOUT: '2s',
      AUTOSCALER_COLLECTOR_MAX_SAMPLE_AGE: '30s',
    };
    beforeAll(async () => {
      system = await startSystem({ env });
      ada = await ApiClient.register(system.urls.api, 'ada');
      const connection = { name: 'prod', type: 'kubernetes', spec: { server: SERVER, ca: pki('ca.crt') } };
      await ada.post('/connections', { ...connection, secrets: { token: owner.token } });
    });
    afterAll(async () => system?.stop());

    const cli = async (...args: readonly string[]) =>
      runCli(['-config', 'config/config.test.yaml', 'import', ...args], {
        ...env,
        HOME: process.env['HOME'] ?? '',
        AUTOSCALER_DATABASE_DATA_DIR: join(system.folder, 'database'),
      });

    it('become clusters that recommend, each once', async () => {
      const odd = (name: string) =>
        hpa(namespace, name, 'Deployment', {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'odd' },
          metrics: [
            {
              type: 'Resource',
              resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } },
            },
          ],
        });
      apply(workload(namespace, 'odd'), odd('odd-1'), odd('odd-2'));
      const { body: listed } = await ada.get<{ workloads: { name: string; cluster: unknown }[] }>(
        `/connections/prod/workloads?namespace=${namespace}`,
      );
      expect(listed.workloads.map(({ name, cluster }) => [name, cluster])).toContainEqual(['web', null]);
      const chosen = [
        { namespace, kind: 'Deployment', name: 'web' },
        { namespace, kind: 'StatefulSet', name: 'db' },
        { namespace, kind: 'Deployment', name: 'queue' },
        { namespace, kind: 'Deployment', name: 'odd' },
        { namespace, kind: 'Deployment', name: 'gone' },
      ];
      const { status, body } = await ada.post<Imports>('/connections/prod/import', { workloads: chosen });
      expect({ status, body }).toMatchObject({
        status: 200,
        body: {
          count: 5,
          clusters: [
            {
              cluster: {
                name: `${namespace}/web`,
                min_servers: 2,
                max_servers: 9,
                policy: { mode: 'recommend', target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } },
                provider: { type: 'kubernetes', namespace, kind: 'Deployment', name: 'web', basis: 'request' },
              },
              notes: [],
            },
            { cluster: { policy: { mode: 'recommend', slo: {} } }, notes: [expect.stringContaining('are assumed')] },
            {
              cluster: { min_servers: 0, max_servers: 7 },
              notes: ['Not taken over from ScaledObject queue: the trigger kafka.'],
            },
            {
              cluster: { min_servers: 2, max_servers: 9, policy: { mode: 'recommend', slo: {} } },
              notes: [
                'Several autoscalers act on it: HorizontalPodAutoscaler odd-1 and HorizontalPodAutoscaler odd-2. Bounds and target are those of the first.',
                'Not taken over from HorizontalPodAutoscaler odd-1: memory at 80 % of the request.',
                'Its policy is the default service level.',
              ],
            },
            { cluster: null, skipped: `There is no Deployment gone in the namespace ${namespace} that can be scaled.` },
          ],
        },
      });
      const again = await ada.post<Imports>('/connections/prod/import', { workloads: chosen.slice(0, 1) });
      expect(again.body.clusters).toMatchObject([
        { cluster: null, skipped: `It is registered already, as the cluster "${namespace}/web".` },
      ]);
      const id = body.clusters[0]!.cluster!.id;
      await eventually('it recommends beside the HPA', async () => {
        const { decisions } = (
          await ada.get<{ decisions: { mode: string; theirs: { by: string } | null }[] }>(`/clusters/${id}/decisions`)
        ).body;
        return decisions.some(
          ({ mode, theirs }) => mode === 'recommend' && theirs?.by === 'HorizontalPodAutoscaler web',
        );
      });
    });

    it('are printed as a file that can be imported by the command line', async () => {
      await system.autoscaler.stop();
      const dry = await cli('--kubernetes', 'prod', '--namespace', namespace, '--dry-run');
      expect(dry).toMatchObject({ status: 0, err: expect.stringContaining('nothing was changed (--dry-run)') });
      expect(dry.err).toContain(`skipped   Deployment ${namespace}/web: It is registered already`);
      expect(dry.out).toContain(`  - owner: ada\n    name: ${namespace}/plain\n    min_servers: 1\n`);
      const file = join(system.folder, 'workloads.yaml');
      await writeFile(file, dry.out);
      expect(await cli('--dry-run', file)).toMatchObject({
        status: 0,
        out: `create    ada/${namespace}/plain\ncreate    ada/${namespace}/boats\nnothing was changed (--dry-run)\n`,
      });
    });

    it('are created by the command line, for the owner of the connection', async () => {
      const made = await cli('--kubernetes', 'prod', '--namespace', namespace);
      expect(made.out).toContain(`create    ada/${namespace}/plain\n          No autoscaler states bounds`);
      const all = await cli('--kubernetes', 'prod');
      expect(all).toMatchObject({ status: 1, err: expect.stringMatching(/^Error: nothing is listed, and rights/) });
      await system.autoscaler.start();
      ada = await ApiClient.login(system.urls.api, 'ada');
      const { body } = await ada.get<{ clusters: { name: string; policy: { mode: string } }[] }>('/clusters');
      expect(body.clusters.map(({ name, policy }) => [name, policy.mode])).toEqual(
        ['web', 'db', 'queue', 'odd', 'plain', 'boats'].map((name) => [`${namespace}/${name}`, 'recommend']),
      );
    });
  });
});
