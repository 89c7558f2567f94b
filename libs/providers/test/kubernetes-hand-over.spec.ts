import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiRequest } from '../src/kubernetes/api-client.js';
import { handBackExpired } from '../src/kubernetes/hand-over/expired.js';
import { HandOvers } from '../src/kubernetes/hand-over/hand-overs.js';
import { TakeOverLeases } from '../src/kubernetes/hand-over/take-over-leases.js';
import { ProviderError } from '../src/sdk/index.js';
import { ObjectStore } from './object-store.js';

const SHOP = { namespace: 'shop', kind: 'Deployment', name: 'web', holder: 'autoscaler/c-1' };
const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' };
const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';
const HPA = `${HPAS}/web`;
const SCALED_OBJECT = '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/web';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/shop/leases/autoscaler.deployment.web';
const BEHAVIOR = { scaleDown: { stabilizationWindowSeconds: 60, selectPolicy: 'Max' } };
const OFF = { scaleDown: { ...BEHAVIOR.scaleDown, selectPolicy: 'Disabled' }, scaleUp: { selectPolicy: 'Disabled' } };
const signal = new AbortController().signal;

function hpa(name: string, owner?: string, target = 'web') {
  const ownerReferences = owner === undefined ? [] : [{ kind: 'ScaledObject', name: owner }];
  return {
    metadata: { name, namespace: 'shop', ownerReferences },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      maxReplicas: 9,
      behavior: BEHAVIOR,
    },
  };
}

describe('a take-over', () => {
  let store: ObjectStore;
  let leases: TakeOverLeases;
  let handOvers: HandOvers;
  beforeEach(() => {
    store = new ObjectStore();
    leases = new TakeOverLeases(store);
    handOvers = new HandOvers(store, leases);
    store.store(HPA, hpa('web'));
    store.store(`${HPAS}/other`, hpa('other', undefined, 'other'));
  });
  const takeOver = async (apply = true, known: readonly string[] = []) =>
    handOvers.takeOver(SHOP, DEPLOYMENT, known, apply, signal);
  const handBack = async (apply = true, known: readonly string[] = []) =>
    handOvers.handBack(SHOP, known, apply, signal);
  const outcomes = ({ steps }: Awaited<ReturnType<typeof takeOver>>): readonly string[] =>
    steps.map(({ object, outcome }) => `${object} ${outcome}`);
  const behavior = (): unknown => store.at(HPA)?.spec?.['behavior'];
  /** Makes the Lease look as if it was renewed long ago. */
  const age = (): void => {
    const lease = store.at(LEASE)!;
    store.store(LEASE, { ...lease, spec: { ...lease.spec, renewTime: '2026-01-01T00:00:00.000000Z' } });
  };

  it('lists its steps without changing anything, also without the right to read what they change', async () => {
    for (const forbidden of [[], [`GET ${HPA}`]]) {
      for (const one of forbidden) store.forbidden.add(one);
      const { objects, steps } = await takeOver(false);
      expect(objects).toEqual(['HorizontalPodAutoscaler web']);
      expect(steps).toMatchObject([
        { object: 'Lease autoscaler.deployment.web', outcome: 'planned' },
        { object: 'HorizontalPodAutoscaler web', outcome: 'planned', note: null },
      ]);
      expect(steps[1]?.command).toContain('kubectl patch horizontalpodautoscaler web -n shop --type=merge');
    }
    expect([behavior(), store.at(LEASE)]).toEqual([BEHAVIOR, undefined]);
  });

  it('switches the HPA off, and the way back restores it; both are idempotent', async () => {
    expect(outcomes(await takeOver())).toEqual([
      'Lease autoscaler.deployment.web done',
      'HorizontalPodAutoscaler web done',
    ]);
    expect(behavior()).toEqual(OFF);
    expect(outcomes(await takeOver())).toEqual([
      'Lease autoscaler.deployment.web unchanged',
      'HorizontalPodAutoscaler web unchanged',
    ]);
    expect(outcomes(await handBack())).toEqual([
      'HorizontalPodAutoscaler web done',
      'Lease autoscaler.deployment.web done',
    ]);
    expect(behavior()).toEqual(BEHAVIOR);
    expect(store.at(HPA)?.metadata.annotations).toEqual({});
    expect(outcomes(await handBack(true, ['HorizontalPodAutoscaler web']))).toEqual([
      'HorizontalPodAutoscaler web unchanged',
      'Lease autoscaler.deployment.web gone',
    ]);
    expect(store.at(`${HPAS}/other`)?.spec?.['behavior']).toEqual(BEHAVIOR);
  });

  it('finds nothing where nothing else scales the workload', async () => {
    store.remove(HPA);
    expect(await takeOver()).toEqual({ objects: [], steps: [] });
    expect(store.at(LEASE)).toBeUndefined();
  });

  it('pauses the ScaledObject that made the HPA, and knows it once KEDA has deleted the HPA', async () => {
    store.store(HPA, hpa('web', 'web'));
    store.store(SCALED_OBJECT, { metadata: { name: 'web' }, spec: { scaleTargetRef: { name: 'web' } } });
    const { objects } = await takeOver();
    expect(objects).toEqual(['ScaledObject web']);
    expect(store.at(SCALED_OBJECT)?.metadata.annotations).toMatchObject({ 'autoscaling.keda.sh/paused': 'true' });
    expect(behavior()).toEqual(BEHAVIOR);
    store.remove(HPA);
    // Its Lease names it, even if the service has forgotten it.
    expect(outcomes(await handBack())).toEqual(['ScaledObject web done', 'Lease autoscaler.deployment.web done']);
    expect(store.at(SCALED_OBJECT)?.metadata.annotations).toEqual({});
  });

  it.each([
    ['another workload', { name: 'payments' }],
    ['a workload of another kind', { kind: 'StatefulSet', name: 'web' }],
  ])('pauses no ScaledObject of %s that an HPA names as its owner', async (_what, scaleTargetRef) => {
    store.store(HPA, hpa('web', 'web'));
    store.store(SCALED_OBJECT, { metadata: { name: 'web' }, spec: { scaleTargetRef } });
    expect((await takeOver()).objects).toEqual(['HorizontalPodAutoscaler web']);
    expect(store.at(SCALED_OBJECT)?.metadata.annotations).toBeUndefined();
    expect(behavior()).toEqual(OFF);
  });

  it('undoes the steps before one that fails', async () => {
    store.store(`${HPAS}/web-2`, hpa('web-2'));
    store.forbidden.add(`PUT ${HPAS}/web-2`);
    await expect(takeOver()).rejects.toMatchObject({
      code: 'unauthorized',
      message:
        'HorizontalPodAutoscaler web-2: the right is missing to update horizontalpodautoscalers.autoscaling in namespace shop. ' +
        'Nothing is switched off by this take-over.',
    });
    expect([behavior(), store.at(LEASE)]).toEqual([BEHAVIOR, undefined]);
  });

  it('names what it could not undo, and leaves the Lease to run out', async () => {
    store.store(`${HPAS}/web-2`, hpa('web-2'));
    store.forbidden.add(`PUT ${HPAS}/web-2`);
    store.beforeChange = (request) => {
      // The first change of the HPA succeeds, and no other.
      if (request === `PUT ${HPA}` && behavior() !== undefined && JSON.stringify(behavior()) === JSON.stringify(OFF))
        store.forbidden.add(request);
    };
    await expect(takeOver()).rejects.toThrow(
      'May still be switched off, until the Lease ends in 5 min: HorizontalPodAutoscaler web (the right is missing to update',
    );
    store.forbidden.clear();
    store.beforeChange = () => undefined;
    age();
    expect(await handBackExpired(store, 300_000)).toMatchObject([{ failed: false }]);
    expect(behavior()).toEqual(BEHAVIOR);
  });

  it('keeps the Lease where a change may have been made without an answer, so that it is undone', async () => {
    store.unanswered.add(`PUT ${HPA}`);
    await expect(takeOver()).rejects.toMatchObject({
      code: 'unreachable',
      message:
        'HorizontalPodAutoscaler web: cannot reach the API server: no answer. ' +
        'May still be switched off, until the Lease ends in 5 min: HorizontalPodAutoscaler web (it is not known).',
    });
    expect(behavior()).toEqual(OFF);
    store.unanswered.clear();
    age();
    expect(await handBackExpired(store, 300_000)).toMatchObject([{ failed: false }]);
    expect(behavior()).toEqual(BEHAVIOR);
  });

  it('says what was deleted or changed meanwhile, and restores the rest', async () => {
    store.store(`${HPAS}/web-2`, hpa('web-2'));
    await takeOver();
    store.remove(HPA);
    const changed = store.at(`${HPAS}/web-2`)!;
    const theirs = { ...changed.spec, behavior: { scaleUp: { selectPolicy: 'Max' } } };
    store.store(`${HPAS}/web-2`, { ...changed, spec: theirs });
    const { steps } = await handBack();
    expect(steps).toMatchObject([
      { object: 'HorizontalPodAutoscaler web', outcome: 'gone', note: 'It does not exist any more.' },
      { outcome: 'done', note: 'Its behavior was changed meanwhile; the present one is kept.' },
      { outcome: 'done' },
    ]);
  });

  it('keeps its Lease while something is not restored', async () => {
    await takeOver();
    store.forbidden.add(`PUT ${HPA}`);
    await expect(handBack()).rejects.toThrow('not restored: HorizontalPodAutoscaler web: the right is missing');
    expect(store.at(LEASE)).toBeDefined();
  });

  it('restores all that it knows before it reports what it does not', async () => {
    await takeOver();
    await expect(handBack(true, ['Secret web'])).rejects.toThrow(
      'not restored: Secret web: "Secret web" is nothing that this service takes over',
    );
    expect([behavior(), store.at(LEASE) === undefined]).toEqual([BEHAVIOR, false]);
  });

  it('repeats a change that came between', async () => {
    let others = 0;
    store.beforeChange = (request) => {
      if (request !== `PUT ${HPA}` || others === 3) return;
      others += 1;
      store.store(HPA, store.at(HPA)!);
    };
    await takeOver();
    expect(behavior()).toEqual(OFF);
  });

  describe('by another cluster', () => {
    const other = { ...SHOP, holder: 'autoscaler/c-2' };
    let others: TakeOverLeases;
    let otherHandOvers: HandOvers;
    const refusal = {
      code: 'conflict',
      message: expect.stringContaining('another cluster (autoscaler/c-1) has taken the workload over'),
    };
    const takeOverThere = async () => otherHandOvers.takeOver(other, DEPLOYMENT, [], true, signal);
    const handBackThere = async (apply = true) => otherHandOvers.handBack(other, [], apply, signal);
    beforeEach(async () => {
      others = new TakeOverLeases(store);
      otherHandOvers = new HandOvers(store, others);
      await takeOver();
    });

    it('is refused while the first one holds it, as are its renewals and its way back', async () => {
      const lease = store.at(LEASE);
      expect(lease?.spec?.['holderIdentity']).toBe('autoscaler/c-1');
      await expect(takeOverThere()).rejects.toMatchObject(refusal);
      const { steps } = await otherHandOvers.takeOver(other, DEPLOYMENT, [], false, signal);
      expect(steps[0]?.note).toMatch(/^Refused at present: another cluster \(autoscaler\/c-1\) has taken/u);
      await expect(others.renew(other, signal)).rejects.toMatchObject(refusal);
      await expect(handBackThere(false)).rejects.toMatchObject(refusal);
      await expect(handBackThere()).rejects.toMatchObject(refusal);
      expect([behavior(), store.at(LEASE)]).toEqual([OFF, lease]);
      await handBack();
      expect(outcomes(await takeOverThere())).toContain('HorizontalPodAutoscaler web done');
    });

    it.each(['ran out', 'was given back'])('follows once the Lease %s, and the first one notices', async (how) => {
      age();
      if (how === 'was given back') await handBackExpired(store, 300_000);
      await takeOverThere();
      expect(behavior()).toEqual(OFF);
      const fresh = new TakeOverLeases(store);
      expect(await others.givenBack(other, ['HorizontalPodAutoscaler web'], signal)).toBeNull();
      expect(await fresh.givenBack(SHOP, ['HorizontalPodAutoscaler web'], signal)).toMatchObject({
        by: 'autoscaler/c-2',
        reason: expect.stringContaining('it has taken the workload over since'),
      });
      await expect(fresh.renew(SHOP, signal)).rejects.toMatchObject({ code: 'conflict' });
      await expect(handBack()).rejects.toMatchObject({ code: 'conflict' });
      expect(behavior()).toEqual(OFF);
    });

    it('holds a Lease that names no cluster with its first renewal', async () => {
      const lease = store.at(LEASE)!;
      store.store(LEASE, { ...lease, spec: { ...lease.spec, holderIdentity: 'autoscaler' } });
      await others.renew(other, signal);
      await expect(new TakeOverLeases(store).renew(SHOP, signal)).rejects.toMatchObject({ code: 'conflict' });
    });
  });

  describe('that is not renewed', () => {
    const renew = async (): Promise<void> => leases.renew(SHOP, signal);
    beforeEach(async () => {
      await takeOver();
    });
    const given = async (from = new TakeOverLeases(store)) =>
      from.givenBack(SHOP, ['HorizontalPodAutoscaler web'], signal);

    it('is given back after the time, and the service notices', async () => {
      expect(await handBackExpired(store, 300_000)).toEqual([]);
      expect(await given()).toBeNull();
      age();
      expect(await handBackExpired(store, 300_000)).toEqual([
        { lease: 'shop/autoscaler.deployment.web', lines: ['HorizontalPodAutoscaler web: restored'], failed: false },
      ]);
      expect(behavior()).toEqual(BEHAVIOR);
      expect(await given()).toMatchObject({
        by: 'HorizontalPodAutoscaler web',
        reason: expect.stringMatching(/^the workload was given back at [-\d]+ [:\d]+ UTC, after 5 min without/),
      });
      await expect(renew()).rejects.toMatchObject({ code: 'conflict', message: 'the workload was given back' });
      expect(await handBackExpired(store, 300_000)).toEqual([]);
      // Taken over once more, it is held.
      expect(outcomes(await takeOver())).toEqual([
        'Lease autoscaler.deployment.web done',
        'HorizontalPodAutoscaler web done',
      ]);
      expect([await given(), await given(leases)]).toEqual([null, null]);
      await renew();
    });

    it('stays taken over if it is renewed at that moment', async () => {
      age();
      const renewed = new TakeOverLeases(store);
      let isRenewed = false;
      store.beforeChange = (request) => {
        if (isRenewed || request !== `PUT ${LEASE}`) return;
        isRenewed = true;
        store.store(LEASE, { ...store.at(LEASE)!, spec: { renewTime: new Date().toISOString() } });
      };
      expect(await handBackExpired(store, 300_000)).toEqual([]);
      expect(behavior()).toEqual(OFF);
      await renewed.renew(SHOP, signal);
      expect(await handBackExpired(store, 300_000)).toEqual([]);
    });

    it('is completed by a later run where something failed, and meanwhile counts as given back', async () => {
      age();
      store.forbidden.add(`PUT ${HPA}`);
      expect(await handBackExpired(store, 300_000)).toMatchObject([
        { failed: true, lines: [expect.stringContaining('HorizontalPodAutoscaler web: not restored: the right')] },
      ]);
      expect(await given()).not.toBeNull();
      store.forbidden.clear();
      expect(await handBackExpired(store, 300_000)).toMatchObject([{ failed: false }]);
      expect(behavior()).toEqual(BEHAVIOR);
    });

    it('is given back before the next page of Leases is listed', async () => {
      age();
      const get = async <T>(path: string, request: ApiRequest): Promise<T> => {
        if (request.query?.['continue'] !== undefined) throw new ProviderError('unreachable', 'no answer in time');
        const found = await store.get<T>(path, request);
        return path.endsWith('/leases') ? { ...found, metadata: { continue: 'next' } } : found;
      };
      const api = { get, put: store.put.bind(store), clockAheadMs: 0 };
      expect(await handBackExpired(api, 300_000)).toMatchObject([
        { lease: 'shop/autoscaler.deployment.web', failed: false },
        { lease: 'the other Leases', lines: ['no answer in time'], failed: true },
      ]);
      expect(behavior()).toEqual(BEHAVIOR);
      await expect(handBackExpired(api, 300_000)).rejects.toThrow('no answer in time');
    });

    it('is not handled where the Lease names more objects than a workload can have', async () => {
      age();
      const lease = store.at(LEASE)!;
      const many = JSON.stringify(Array.from({ length: 21 }, (_, index) => `HorizontalPodAutoscaler web-${index}`));
      const annotations = { ...lease.metadata.annotations, 'autoscaler.dev/taken-over': many };
      store.store(LEASE, { ...lease, metadata: { ...lease.metadata, annotations } });
      const before = store.at(LEASE);
      expect(await handBackExpired(store, 300_000)).toMatchObject([
        { lease: 'shop/autoscaler.deployment.web', failed: true, lines: [expect.stringContaining('more than 20')] },
      ]);
      expect(store.at(LEASE)).toEqual(before);
    });

    it('counts as given back without its Lease', async () => {
      store.remove(LEASE);
      expect(await given()).toMatchObject({ reason: expect.stringContaining('its Lease was deleted') });
      await expect(renew()).rejects.toMatchObject({ code: 'conflict' });
    });
  });
});
