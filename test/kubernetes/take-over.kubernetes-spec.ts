import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { handBackExpired } from '../../libs/providers/src/kubernetes/hand-over/expired.js';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import type { HandOver } from '../../libs/providers/src/sdk/index.js';
import { eventually } from '../support/eventually.js';
import {
  ACTING,
  apply,
  grant,
  type Json,
  kubectl,
  ready,
  replicasOf,
  type Rule,
  rulesOf,
  setMetrics,
  TAKING_OVER,
  type Tenant,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';
import { apiOf, clusterOf, readOne, sessionOf, setDesired } from './support/session.js';

/** Of the CronJob. */
const SWITCH = rulesOf('components/hand-back/rights.yaml');
const RULES = [...WATCHING, ...ACTING, ...TAKING_OVER];
const OBJECT = 'HorizontalPodAutoscaler web';
const LEASE = 'autoscaler.deployment.web';
const SCALED_OBJECTS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: { kind: 'ScaledObject', plural: 'scaledobjects', singular: 'scaledobject' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

function hpa(namespace: string, name: string, behavior?: Json, metadata: Json = {}): Json {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace, ...metadata },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: 6,
      ...(behavior === undefined ? {} : { behavior }),
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  };
}

/** The rules without this verb on that resource. */
function without(resource: string, verb: string): readonly Rule[] {
  return RULES.map((rule) =>
    rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
  ).filter(({ verbs }) => verbs.length > 0);
}

describe('a take-over on a real control plane', () => {
  let owner: Tenant;
  let namespace: string;
  let session: KubernetesSession;

  beforeAll(() => apply(SCALED_OBJECTS));
  afterAll(() => void kubectl(['delete', 'crd', 'scaledobjects.keda.sh']));
  beforeEach(async () => {
    await setMetrics({ cpu: '50m', memory: '32Mi', containers: {}, ageSeconds: 0 });
    owner = await tenant(RULES);
    ({ namespace } = owner);
    session = sessionOf(owner);
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
  });
  afterEach(async () => {
    await session.close();
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  const cluster = (objects?: readonly string[]) => ({
    ...clusterOf(namespace, 'web'),
    takenOver: objects === undefined ? null : { objects },
  });
  const call = () => ({ signal: AbortSignal.timeout(10_000) });
  const takeOver = async (): Promise<HandOver> => session.takeOver(cluster(), true, call());
  const handBack = async (): Promise<HandOver> => session.handBack(cluster(), true, call());
  const specOf = (kind = 'hpa', name = 'web'): string =>
    kubectl(['get', kind, name, '-n', namespace, '-o', 'jsonpath={.spec}{.metadata.annotations}']);

  it.each<[string, Json | undefined]>([
    ['without a behavior', undefined],
    [
      'with a behavior',
      {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Min',
          policies: [{ type: 'Pods', value: 3, periodSeconds: 1 }],
        },
        scaleDown: { stabilizationWindowSeconds: 1 },
      },
    ],
  ])(
    'lets a real HPA %s leave the count alone, and the way back restores it byte for byte',
    async (_what, behavior) => {
      // As a witness that the controller works: the same HPA of another workload.
      apply(workload(namespace, 'witness'), hpa(namespace, 'witness', behavior), hpa(namespace, 'web', behavior));
      await setMetrics({ cpu: '90m' });
      await eventually('the HPA scales', () => replicasOf(namespace, 'web') > 2);
      await eventually('both are at the maximum', () =>
        ['web', 'witness'].every((name) => replicasOf(namespace, name) === 6),
      );
      const before = specOf();
      const { objects, steps } = await takeOver();
      expect([objects, steps.map(({ outcome }) => outcome)]).toEqual([[OBJECT], ['done', 'done']]);

      await eventually(
        'the HPA counts as switched off',
        async () => (await readOne(session, cluster(objects))).blocked === null,
      );
      expect((await readOne(session, cluster(objects))).outerBounds).toEqual({ by: OBJECT, min: 2, max: 6 });
      expect((await setDesired(session, cluster(objects), 5)).desired).toBe(5);
      await setMetrics({ cpu: '10m' });
      await eventually('the witness is scaled', () => replicasOf(namespace, 'witness') === 2);
      expect(replicasOf(namespace, 'web')).toBe(5);
      await setMetrics({ cpu: '90m' });
      await eventually('the witness is scaled again', () => replicasOf(namespace, 'witness') === 6);
      expect(replicasOf(namespace, 'web')).toBe(5);

      await handBack();
      expect(specOf()).toBe(before);
      expect(kubectl(['get', 'lease', LEASE, '-n', namespace, '--ignore-not-found'])).toBe('');
      await eventually('the HPA scales again', () => replicasOf(namespace, 'web') === 6);
    },
  );

  it('is done and undone by its commands, too', async () => {
    apply(hpa(namespace, 'web', { scaleUp: { selectPolicy: 'Min' } }));
    const before = specOf();
    const { steps } = await session.takeOver(cluster(), false, call());
    expect(steps.map(({ outcome }) => outcome)).toEqual(['planned', 'planned']);
    expect(specOf()).toBe(before);
    // The words of the command, as a shell would split them.
    const run = (command: string): void =>
      void kubectl([...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, text, word]) => text ?? word!).slice(1));
    const { command, undo } = steps[1]!;
    run(command);
    expect((await takeOver()).steps.map(({ outcome }) => outcome)).toEqual(['done', 'unchanged']);
    run(undo!);
    expect(specOf()).toBe(before);
  });

  it('pauses a ScaledObject, and ends the pause when KEDA has deleted its HPA', async () => {
    const scaledObject = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'web', namespace },
      spec: { scaleTargetRef: { name: 'web' } },
    };
    apply(scaledObject);
    const before = specOf('scaledobject');
    const uid = kubectl(['get', 'scaledobject', 'web', '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
    const reference = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'web', uid };
    apply(hpa(namespace, 'web', undefined, { ownerReferences: [reference] }));
    expect((await takeOver()).objects).toEqual(['ScaledObject web']);
    expect(specOf('scaledobject')).toContain('"autoscaling.keda.sh/paused":"true"');
    kubectl(['delete', 'hpa', 'web', '-n', namespace]);
    expect((await handBack()).steps.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect(specOf('scaledobject')).toBe(before);
  });

  it('names what was deleted, and restores what was changed meanwhile', async () => {
    apply(hpa(namespace, 'web'));
    await takeOver();
    // Bounds are not part of what a take-over changes.
    kubectl(['patch', 'hpa', 'web', '-n', namespace, '--type=merge', '-p', '{"spec":{"maxReplicas":9}}']);
    await handBack();
    expect(specOf()).toContain('"maxReplicas":9');
    expect(specOf()).not.toContain('Disabled');
    await takeOver();
    kubectl(['delete', 'hpa', 'web', '-n', namespace]);
    expect((await handBack()).steps).toMatchObject([{ object: OBJECT, outcome: 'gone' }, { outcome: 'done' }]);
  });

  it.each<[string, string, string, string]>([
    ['horizontalpodautoscalers', 'get', 'autoscaling', 'get horizontalpodautoscalers.autoscaling'],
    ['horizontalpodautoscalers', 'update', 'autoscaling', 'update horizontalpodautoscalers.autoscaling'],
    ['leases', 'create', 'coordination.k8s.io', 'create leases.coordination.k8s.io'],
  ])(
    'needs the rights in k8s/rights/take-over.yaml: without %s %s nothing is changed',
    async (resource, verb, group, missing) => {
      apply(hpa(namespace, 'web'));
      const before = specOf();
      await grant(owner, without(resource, verb), { group, resource, verb }, false);
      await eventually('it says which right is missing', async () =>
        takeOver().then(
          async () => handBack().then(() => false),
          ({ code, message }: { code: string; message: string }) =>
            code === 'unauthorized' && message.includes(`the right is missing to ${missing} in namespace ${namespace}`),
        ),
      );
      expect(specOf()).toBe(before);
      expect(kubectl(['get', 'lease', LEASE, '-n', namespace, '--ignore-not-found'])).toBe('');
    },
  );

  it.each(['get', 'update', 'delete'])('needs the right to %s the Lease', async (verb) => {
    apply(hpa(namespace, 'web'));
    await takeOver();
    const rules = without('leases', verb);
    await grant(owner, rules, { group: 'coordination.k8s.io', resource: 'leases', verb }, false);
    const other = sessionOf(owner);
    const asked = {
      get: async () => other.read([cluster([OBJECT])], call()).then((all) => all.get(cluster().id)),
      update: async () => session.renew(cluster([OBJECT]), call()),
      delete: handBack,
    }[verb]!;
    await eventually('it says which right is missing', async () => {
      const outcome = await asked().catch((error: unknown) => error);
      return String(outcome).includes(`the right is missing to ${verb} leases.coordination.k8s.io`);
    });
    await other.close();
  });

  it.each(['get', 'update'])('needs the right to %s ScaledObjects where KEDA is in use', async (verb) => {
    apply({
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'web', namespace },
      spec: { scaleTargetRef: { name: 'web' } },
    });
    const uid = kubectl(['get', 'scaledobject', 'web', '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
    const reference = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'web', uid };
    apply(hpa(namespace, 'web', undefined, { ownerReferences: [reference] }));
    await grant(owner, without('scaledobjects', verb), { group: 'keda.sh', resource: 'scaledobjects', verb }, false);
    await eventually('it says which right is missing', async () =>
      takeOver().then(
        async () => handBack().then(() => false),
        ({ message }: { message: string }) => message.includes(`the right is missing to ${verb} scaledobjects.keda.sh`),
      ),
    );
    expect(specOf('scaledobject')).not.toContain('paused');
  });

  it.each<[string, string]>([
    ['list', 'leases.coordination.k8s.io in all namespaces'],
    ['update', 'leases.coordination.k8s.io in namespace'],
    ['get', 'horizontalpodautoscalers.autoscaling in namespace'],
    ['update', 'horizontalpodautoscalers.autoscaling in namespace'],
  ])(
    'is given back with the rights of the CronJob, all of which are needed: not without %s %s',
    async (verb, missing) => {
      apply(hpa(namespace, 'web'));
      const before = specOf();
      await takeOver();
      const [resource = ''] = missing.split('.');
      const less = SWITCH.map((rule) =>
        rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
      );
      const name = `${namespace}-switch`;
      const metadata = { name, namespace };
      const role = (rules: readonly Rule[]): Json => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name },
        rules,
      });
      apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, role(less), {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      });
      const api = apiOf({ token: kubectl(['create', 'token', name, '-n', namespace]).trim() });
      const run = async (): Promise<string> =>
        handBackExpired(api, 0).then(
          (given) => given.map(({ lease, lines }) => `${lease} ${lines.join()}`).join('\n'),
          (error: Error) => error.message,
        );
      await eventually('it says which right is missing', async () =>
        (await run()).includes(`the right is missing to ${verb} ${missing}`),
      );
      expect(specOf()).toContain('Disabled');
      apply(role(SWITCH));
      await eventually('it is given back', async () => {
        await run();
        return specOf() === before;
      });
      await api.close();
      kubectl(['delete', 'clusterrole,clusterrolebinding', name]);
    },
  );
});
