import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionReport } from '../../libs/providers/src/sdk/index.js';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import { eventually } from '../support/eventually.js';
import {
  ACTING,
  apply,
  grant,
  kubectl,
  ready,
  replicasOf,
  type Rule,
  TAKING_OVER,
  type Tenant,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';
import { clusterOf, readOne, sessionOf, setDesired, warnings } from './support/session.js';

/** The rules without this verb on that resource. */
function without(rules: readonly Rule[], verb: string, resource: string): readonly Rule[] {
  const left = rules.map((rule) =>
    rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
  );
  return left.filter(({ verbs }) => verbs.length > 0);
}

describe('the rights in k8s/rights', () => {
  let owner: Tenant;
  let namespace: string;
  let session: KubernetesSession;
  beforeEach(async () => {
    owner = await tenant();
    ({ namespace } = owner);
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
    session = sessionOf(owner);
  });
  afterEach(async () => {
    await session.close();
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  it('are accepted as they are written', () => {
    expect(kubectl(['apply', '--dry-run=server', '-f', 'k8s/rights'])).toContain(
      'clusterrole.rbac.authorization.k8s.io/autoscaler-act',
    );
  });

  it('are enough to read, and those for watching change nothing', async () => {
    expect(WATCHING.flatMap(({ verbs }) => verbs).filter((verb) => !['get', 'list', 'watch'].includes(verb))).toEqual(
      [],
    );
    await grant(
      owner,
      WATCHING,
      { group: 'apps', resource: 'deployments', subresource: 'scale', verb: 'update' },
      false,
    );
    const cluster = clusterOf(namespace, 'web');
    const reading = await eventually('both pods have metrics', async () => {
      const read = await readOne(session, cluster);
      return Array.isArray(read.samples) && read.samples.length === 2 ? read : null;
    });
    expect(reading).toMatchObject({ desired: 2, blocked: null });
    await expect(setDesired(session, cluster, 3)).rejects.toMatchObject({
      code: 'unauthorized',
      message: `the right is missing to update deployments/scale in namespace ${namespace}`,
    });
    expect(replicasOf(namespace, 'web')).toBe(2);
  });

  it('are enough to act, with an event', async () => {
    const cluster = clusterOf(namespace, 'web');
    warnings.length = 0;
    await readOne(session, cluster);
    expect((await setDesired(session, cluster, 3)).desired).toBe(3);
    await eventually('an event was written', () =>
      kubectl(['get', 'events', '-n', namespace, '--field-selector', 'reason=Scaled', '-o', 'name']).includes('event'),
    );
    expect(warnings).toEqual([]);
  });

  it.each<[string, string, object, string]>([
    ['get', '*/scale', { group: 'apps', resource: 'deployments', subresource: 'scale' }, 'get deployments/scale'],
    ['list', 'pods', { group: '', resource: 'pods' }, 'list pods'],
    ['watch', 'pods', { group: '', resource: 'pods' }, 'watch pods'],
  ])('are all needed: without %s %s nothing is read', async (verb, resource, probe, missing) => {
    await grant(owner, without(WATCHING, verb, resource), { ...probe, verb }, false);
    await eventually('it says which right is missing', async () => {
      const error = await readOne(session, clusterOf(namespace, 'web')).then(
        () => null,
        (reason: { code: string; message: string }) => reason,
      );
      return (
        error?.code === 'unauthorized' &&
        error.message === `the right is missing to ${missing} in namespace ${namespace}`
      );
    });
  });

  it.each(['list', 'watch'])('are optional for %s of workloads: the count is then read', async (verb) => {
    const rules = [...without(WATCHING, verb, 'deployments'), ...ACTING];
    await grant(owner, rules, { group: 'apps', resource: 'deployments', verb }, false);
    const cluster = clusterOf(namespace, 'web');
    expect((await readOne(session, cluster)).desired).toBe(2);
    kubectl(['scale', 'deployment', 'web', '-n', namespace, '--replicas=3']);
    await ready(namespace, 'web', 3);
    await eventually('the new count is read', async () => (await readOne(session, cluster)).desired === 3);
    expect((await setDesired(session, cluster, 4)).desired).toBe(4);
  });

  it('are all needed: without pod metrics there are no samples, and the pods are read', async () => {
    const pods = { group: 'metrics.k8s.io', resource: 'pods', verb: 'list' };
    const rules = WATCHING.filter(({ apiGroups }) => !apiGroups.includes('metrics.k8s.io'));
    await grant(owner, rules, pods, false);
    expect(await readOne(session, clusterOf(namespace, 'web'))).toMatchObject({
      desired: 2,
      samples: {
        code: 'unauthorized',
        message: `the right is missing to list pods.metrics.k8s.io in namespace ${namespace}`,
      },
    });
  });

  it('are all needed: the service does not act without the right to list HPAs', async () => {
    const hpas = { group: 'autoscaling', resource: 'horizontalpodautoscalers', verb: 'list' };
    const rules = [...without(WATCHING, 'list', 'horizontalpodautoscalers'), ...ACTING];
    await grant(owner, rules, hpas, false);
    const cluster = clusterOf(namespace, 'web');
    const { blocked } = await readOne(session, cluster);
    expect(blocked?.reason).toBe(`the right is missing to list horizontalpodautoscalers in namespace ${namespace}`);
    await expect(setDesired(session, cluster, 3)).rejects.toMatchObject({ code: 'conflict' });
    expect(replicasOf(namespace, 'web')).toBe(2);
  });

  it('are reported by a test of the connection, each that is missing', async () => {
    const check = async (of: KubernetesSession): Promise<ConnectionReport> =>
      of.check({ signal: AbortSignal.timeout(10_000) });
    const rightsOf = ({ missing }: ConnectionReport, neededFor: string): readonly string[] =>
      missing.filter((one) => one.neededFor === neededFor).map(({ right }) => right);
    // Rights in one namespace are not those in all.
    const small = await check(session);
    expect(small).toMatchObject({ identity: `system:serviceaccount:${namespace}:autoscaler`, version: 'v1.37.2' });
    expect(rightsOf(small, 'reading')).toContain('list pods in all namespaces');
    expect(rightsOf(small, 'acting')).toContain('update deployments.apps/scale in all namespaces');
    const role = (name: string, rules: readonly Rule[]) => [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name: 'autoscaler', namespace }],
      },
    ];
    apply(...role(`${namespace}-watch`, WATCHING));
    const watching = await eventually('watching is allowed', async () => {
      const report = await check(session);
      return rightsOf(report, 'reading').length === 0 ? report : null;
    });
    expect(rightsOf(watching, 'acting')).toContain('create events.events.k8s.io in all namespaces');
    apply(...role(`${namespace}-act`, ACTING));
    const acting = await eventually('acting is allowed', async () => {
      const report = await check(session);
      return rightsOf(report, 'acting').length === 0 ? report : null;
    });
    expect(rightsOf(acting, 'taking_over')).toContain('update horizontalpodautoscalers.autoscaling in all namespaces');
    apply(...role(`${namespace}-take-over`, TAKING_OVER));
    await eventually('nothing is missing', async () => (await check(session)).missing.length === 0);
    for (const name of [`${namespace}-watch`, `${namespace}-act`, `${namespace}-take-over`])
      kubectl(['delete', 'clusterrole,clusterrolebinding', name]);
  });

  it('end with the token, and that is said', async () => {
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    kubectl(['delete', 'serviceaccount', 'autoscaler', '-n', namespace]);
    const rejected = {
      code: 'unauthorized',
      message: 'the API server does not accept the credentials: they are wrong, or have expired',
    };
    // The API server remembers a token for ten seconds.
    await eventually('it is refused', async () =>
      setDesired(session, cluster, 3).then(
        () => setDesired(session, cluster, 2).then(() => false),
        (error: { code: string; message: string }) =>
          error.message === rejected.message && error.code === rejected.code,
      ),
    );
    await expect(session.check({ signal: AbortSignal.timeout(5000) })).rejects.toMatchObject(rejected);
  });
});
