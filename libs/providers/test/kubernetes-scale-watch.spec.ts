import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import type { ApiRequest, WatchEvent } from '../src/kubernetes/api-client.js';
import type { KubernetesSession } from '../src/kubernetes/kubernetes.session.js';
import type { Reading } from '../src/sdk/index.js';
import { KubernetesStub } from './kubernetes-stub.js';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/prod/deployments';
const SCALE = `${DEPLOYMENTS}/web/scale`;
const CLUSTER = {
  id: 'web',
  target: { namespace: 'prod', group: 'apps', kind: 'Deployment', name: 'web' },
  metrics: null,
  fence: null,
};

/** Counts what is read, and sends events of the watch of Deployments. */
class WatchingStub extends KubernetesStub {
  readonly asked: string[] = [];
  private readonly waiting: ((event: WatchEvent) => void)[] = [];

  override async get<T>(path: string, request: ApiRequest): Promise<T> {
    this.asked.push(path);
    return super.get<T>(path, request);
  }

  override async *watch(path: string, request: ApiRequest, opened: () => void): AsyncGenerator<WatchEvent> {
    if (path !== DEPLOYMENTS) return yield* super.watch(path, request, opened);
    opened();
    while (!request.signal.aborted)
      yield await new Promise<WatchEvent>((resolve, reject) => {
        this.waiting.push(resolve);
        request.signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
      });
  }

  /** Its count was set by `first`, then by `argocd-controller` where the generation is above 1. */
  deployment(generation: number, resourceVersion: string): object {
    const fieldsV1 = { 'f:spec': { 'f:replicas': {} } };
    const managedFields = [
      { manager: 'first', time: '2026-01-05T12:00:00Z', fieldsV1 },
      { manager: 'kube-controller-manager', time: '2026-01-05T14:00:00Z', fieldsV1: { 'f:status': {} } },
      ...(generation > 1 ? [{ manager: 'argocd-controller', time: '2026-01-05T13:00:00Z', fieldsV1 }] : []),
    ];
    return { metadata: { name: 'web', uid: 'u', generation, resourceVersion, managedFields } };
  }

  /** As if the desired count, or something else, had changed. */
  changed(generation: number, resourceVersion: string): void {
    this.waiting.pop()?.({ type: 'MODIFIED', object: this.deployment(generation, resourceVersion) });
  }

  count(path: string): number {
    return this.asked.filter((one) => one === path).length;
  }
}

describe('the desired count', () => {
  let stub: WatchingStub;
  let session: KubernetesSession;
  let later = 0;
  beforeEach(() => {
    const { now } = Date;
    later = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + later);
    stub = new WatchingStub();
    stub.workload('prod', 'deployments', 'web', ['web-0', 'web-1']);
    stub.list(DEPLOYMENTS, [stub.deployment(1, '1')]);
    session = stub.session();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await session.close();
  });

  const reading = async (): Promise<Reading> => {
    const readings = await session.read([CLUSTER], { signal: AbortSignal.timeout(2000) });
    return readings.get('web') as Reading;
  };
  const desired = async (): Promise<unknown> => (await reading()).desired;
  /** Turns of the event loop until it is so: `eventually` would take the time from the clock that the tests move. */
  const soon = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (let turns = 0; turns < 1000; turns += 1) {
      if (await isSo()) return;
      await turn();
    }
    throw new Error('it did not happen');
  };
  /** Reads until the count is known together with the state of its workload. */
  const followed = async (): Promise<void> =>
    soon(async () => {
      later += 31_000;
      const before = stub.count(SCALE);
      await desired();
      return stub.count(SCALE) === before;
    });

  it('is not read again while a watch shows that its workload has not changed', async () => {
    await followed();
    const before = stub.count(SCALE);
    later += 3_600_000;
    expect(await desired()).toBe(2);
    expect(stub.count(SCALE)).toBe(before);
  });

  it('is read after a change of the specification, and not after one of the status', async () => {
    await followed();
    const before = stub.count(SCALE);
    stub.changed(1, '2');
    await desired();
    expect(stub.count(SCALE)).toBe(before);
    stub.scale(SCALE, 5, 'web');
    stub.changed(2, '3');
    await soon(async () => (await desired()) === 5);
  });

  it('comes with who set it last, unless the watch is behind what was read', async () => {
    await followed();
    expect(await reading()).toMatchObject({ desired: 2, setBy: 'first' });
    stub.scale(SCALE, 5, 'web', '3');
    stub.changed(2, '2');
    await soon(async () => (await reading()).desired === 5);
    expect((await reading()).setBy).toBeNull();
    stub.changed(2, '3');
    await soon(async () => (await reading()).setBy === 'argocd-controller');
  });

  it('is read at most every 30 s where the watch is not allowed, which is tried again after 10 minutes', async () => {
    stub.answers.set(DEPLOYMENTS, 'forbidden');
    await desired();
    await soon(async () => stub.count(DEPLOYMENTS) === 1);
    for (let count = 2; count <= 10; count += 1) {
      later += 31_000;
      await desired();
      await desired();
      expect([stub.count(SCALE), stub.count(DEPLOYMENTS)]).toEqual([count, 1]);
    }
    stub.list(DEPLOYMENTS, [stub.deployment(1, '1')]);
    later += 600_000;
    await followed();
    expect(stub.count(DEPLOYMENTS)).toBe(2);
  });
});
