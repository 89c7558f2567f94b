import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import { eventually } from '../support/eventually.js';
import {
  apply,
  type Json,
  kubectl,
  ready,
  replicasOf,
  setMetrics,
  type Tenant,
  tenant,
  WATCHING,
  workload,
} from './support/control-plane.js';
import { clusterOf, readOne, sessionOf } from './support/session.js';

const BY = 'HorizontalPodAutoscaler web-hpa';
const OFF = { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } };

function hpa(namespace: string, behavior: Json): Json {
  const target = { type: 'Utilization', averageUtilization: 80 };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web-hpa', namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      behavior,
    },
  };
}

describe('what a real HPA wants', () => {
  let owner: Tenant;
  let session: KubernetesSession;
  beforeAll(async () => {
    // The rights for watching are all that it takes.
    owner = await tenant(WATCHING);
    session = sessionOf(owner);
    await setMetrics({ cpu: '70m', memory: '32Mi', containers: {}, ageSeconds: 0 });
    apply(workload(owner.namespace, 'web'));
    await ready(owner.namespace, 'web', 2);
  });
  afterAll(async () => {
    await session.close();
    await setMetrics({ cpu: '50m' });
    kubectl(['delete', 'namespace', owner.namespace, '--wait=false', '--ignore-not-found']);
  });

  const theirs = async () => (await readOne(session, clusterOf(owner.namespace, 'web'))).theirs;
  const wants = async (desired: number): Promise<void> => {
    await eventually(`it wants ${desired}`, async () => (await theirs())?.desired === desired);
    expect(await theirs()).toEqual({ by: BY, desired });
  };

  it('is nothing without one', async () => {
    expect(await theirs()).toBeNull();
  });

  it('is read while it acts, and changes with the load', async () => {
    apply(hpa(owner.namespace, {}));
    await wants(2);
    await setMetrics({ cpu: '200m' });
    await wants(9);
    await setMetrics({ cpu: '10m' });
    await wants(2);
    await eventually('it has acted', () => replicasOf(owner.namespace, 'web') === 2);
    await ready(owner.namespace, 'web', 2);
  });

  it('is what its formula gives while both directions are switched off, when it changes nothing', async () => {
    apply(hpa(owner.namespace, OFF));
    await setMetrics({ cpu: '200m' });
    await wants(5);
    await setMetrics({ cpu: '120m' });
    await wants(3);
    const path = 'jsonpath={.status.desiredReplicas}';
    expect(kubectl(['get', 'hpa', 'web-hpa', '-n', owner.namespace, '-o', path])).toBe('2');
    expect(replicasOf(owner.namespace, 'web')).toBe(2);
    expect((await readOne(session, clusterOf(owner.namespace, 'web'))).blocked).toBeNull();
  });
});
