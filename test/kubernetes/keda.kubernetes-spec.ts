import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KedaSession } from '../../libs/providers/src/keda/keda.session.js';
import { ProviderError, type Reading } from '../../libs/providers/src/sdk/index.js';
import { eventually } from '../support/eventually.js';
import { apply, kubectl, ready, replicasOf, type Tenant, tenant, WATCHING, workload } from './support/control-plane.js';
import { apiOf, sessionOf, type WatchedApi } from './support/session.js';

/** As KEDA makes it for a ScaledObject, and as a person does. */
const hpa = (namespace: string, owner: object) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'keda-hpa-web', namespace, ...owner },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 9,
    metrics: [
      {
        type: 'External',
        external: { metric: { name: 'servers' }, target: { type: 'AverageValue', averageValue: '1' } },
      },
    ],
  },
});
const SCALED_OBJECT = {
  ownerReferences: [
    { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'web', uid: '7f0b8f0e-0c42-4d5e-9f6b-0a1b2c3d4e5f' },
  ],
};

describe('a workload that KEDA scales', () => {
  let owner: Tenant;
  let api: WatchedApi;
  let session: KedaSession;
  const call = () => ({ signal: AbortSignal.timeout(5000) });
  const cluster = () => ({
    id: 'web',
    target: { namespace: owner.namespace, kind: 'Deployment', name: 'web' },
    metrics: null,
    fence: null,
  });
  const read = async (): Promise<Reading> => {
    const reading = (await session.read([cluster()], call())).get('web');
    if (reading === undefined || reading instanceof ProviderError) throw reading ?? new Error('left out');
    return reading;
  };

  beforeAll(async () => {
    // The rights for watching are all that it has.
    owner = await tenant(WATCHING);
    api = apiOf(owner);
    session = new KedaSession(sessionOf(owner, undefined, { api }));
    apply(workload(owner.namespace, 'web'));
    await ready(owner.namespace, 'web', 2);
  });
  afterAll(async () => {
    await session.close();
    kubectl(['delete', 'namespace', owner.namespace, '--wait=false', '--ignore-not-found']);
  });

  it('is read, and never written, for any requested count', async () => {
    const { servers, desired } = await read();
    expect(servers).toHaveLength(2);
    // The count in its Scale is set by the HPA, not requested here.
    expect(desired).toBeUndefined();
    expect(await session.setDesired(cluster(), 7, call())).toMatchObject({ desired: 7, servers: [{}, {}] });
    expect(replicasOf(owner.namespace, 'web')).toBe(2);
    expect(api.count(/^PUT/)).toBe(0);
  });

  it('needs no right for acting', async () => {
    const { missing } = await session.check(call());
    expect(missing.filter(({ neededFor }) => neededFor === 'acting')).toEqual([]);
  });

  it('is blocked by an HPA of another owner, and not by that of KEDA', async () => {
    apply(hpa(owner.namespace, SCALED_OBJECT));
    const behind = sessionOf(owner);
    await eventually('the session behind it sees the HPA', async () => {
      const reading = (await behind.read([{ ...cluster(), metrics: null }], call())).get('web');
      return !(reading instanceof ProviderError) && reading?.blocked?.by === 'ScaledObject web';
    });
    await behind.close();
    expect((await read()).blocked).toBeNull();
    kubectl(['delete', 'hpa', 'keda-hpa-web', '-n', owner.namespace]);
    apply(hpa(owner.namespace, {}));
    const blocked = await eventually('it is seen', async () => (await read()).blocked);
    expect(blocked.by).toBe('HorizontalPodAutoscaler keda-hpa-web');
  });
});
