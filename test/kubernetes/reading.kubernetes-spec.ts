import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { countServers, ProviderError } from '../../libs/providers/src/sdk/index.js';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import { eventually } from '../support/eventually.js';
import { apply, kubectl, ready, type Tenant, tenant, workload } from './support/control-plane.js';
import { ScaleWatches } from '../../libs/providers/src/kubernetes/scale-watches.js';
import { Proxy } from './support/proxy.js';
import { apiOf, clusterOf, readOne, serversOf, sessionOf, setDesired, type WatchedApi } from './support/session.js';

/** Of pods; a list of several pages is one. */
const LISTS = /^GET \/api\/v1\/namespaces\/[^/]+\/pods$/;
const WATCHES = /^WATCH \/api\/v1\/namespaces\/[^/]+\/pods$/;

describe('reading a workload', () => {
  let owner: Tenant;
  let namespace: string;
  let proxy: Proxy;
  let api: WatchedApi;
  let session: KubernetesSession;
  beforeEach(async () => {
    owner = await tenant();
    ({ namespace } = owner);
    proxy = await Proxy.start();
    api = apiOf(owner, proxy.url);
    session = sessionOf(owner, undefined, { api });
  });
  afterEach(async () => {
    await session.close();
    await proxy.close();
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  const deploy = async (name = 'web', replicas = 2): Promise<void> => {
    apply(workload(namespace, name, { replicas }));
    await ready(namespace, name, replicas);
  };
  const errorOf = async (reading: Promise<unknown>): Promise<ProviderError> =>
    reading.then(
      () => Promise.reject(new Error('it was read')),
      (error: ProviderError) => error,
    );

  it('shows pods on their way, active, and on their way out', async () => {
    apply(workload(namespace, 'web', { startDelay: '2s', stopDelay: '2s' }));
    const cluster = clusterOf(namespace, 'web');
    const is = async (active: number, provisioning: number, draining: number): Promise<boolean> => {
      const counts = countServers(await serversOf(session, cluster));
      return counts.active === active && counts.provisioning === provisioning && counts.draining === draining;
    };
    await eventually('they start', async () => is(0, 2, 0));
    const before = Date.now();
    await eventually('they are active', async () => is(2, 0, 0));
    for (const { activeAt } of await serversOf(session, cluster)) {
      // Kubernetes has whole seconds.
      expect(activeAt).toBeGreaterThan(before - 4000);
      expect(activeAt).toBeLessThan(Date.now() + 1500);
    }
    await setDesired(session, cluster, 1);
    await eventually('one drains', async () => is(1, 0, 1));
    await eventually('it is gone', async () => is(1, 0, 0));
  });

  it('lists pods once for all workloads of a namespace, and polls the count rarely', async () => {
    await deploy('web');
    await deploy('api');
    const clusters = ['web', 'api'].map((name) => clusterOf(namespace, name));
    for (let tick = 0; tick < 10; tick += 1) await session.read(clusters, { signal: AbortSignal.timeout(5000) });
    expect([api.count(LISTS), api.count(WATCHES)]).toEqual([1, 1]);
    expect(api.count(/\/scale$/)).toBe(2);
    expect([api.count(/^GET .*\/deployments$/), api.count(/^WATCH .*\/deployments$/)]).toEqual([1, 1]);
    expect(api.count(/metrics\.k8s\.io/)).toBe(1);
  });

  it('learns of a change of the count from the watch of its kind', async () => {
    await deploy();
    const watches = new ScaleWatches(api, { now: () => Date.now() });
    const deployments = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' };
    const stateOf = (): string | null => watches.stateOf(deployments, { namespace, kind: 'Deployment', name: 'web' });
    const before = await eventually('it is followed', async () => stateOf());
    kubectl(['annotate', 'deployment', 'web', '-n', namespace, 'note=1']);
    kubectl(['scale', 'deployment', 'web', '-n', namespace, '--replicas=3']);
    const after = await eventually('it has changed', async () => stateOf() !== before && stateOf());
    // Its pods become ready, which changes no count.
    await ready(namespace, 'web', 3);
    expect(stateOf()).toBe(after);
    kubectl(['delete', 'deployment', 'web', '-n', namespace]);
    await eventually('it is gone', async () => stateOf() === null);
    watches.close();
  });

  it('survives a connection that is cut, and shows what happened meanwhile', async () => {
    await deploy();
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    proxy.cut();
    await eventually('it says so', async () => (await errorOf(readOne(session, cluster))).code === 'unreachable');
    kubectl(['scale', 'deployment', 'web', '-n', namespace, '--replicas=4']);
    await ready(namespace, 'web', 4);
    expect((await errorOf(readOne(session, cluster))).code).toBe('unreachable');
    proxy.mend();
    // The first answer is whole.
    const servers = await eventually('it is read', async () => serversOf(session, cluster));
    expect(countServers(servers).active).toBe(4);
    proxy.reset();
    await eventually('it is followed again', async () => {
      await readOne(session, cluster);
      return setDesired(session, cluster, 5);
    });
    await eventually('five are active', async () => countServers(await serversOf(session, cluster)).active === 5);
  });

  it('shows at once that another system has changed the count', async () => {
    await deploy();
    const cluster = clusterOf(namespace, 'web');
    expect((await readOne(session, cluster)).desired).toBe(2);
    kubectl(['scale', 'deployment', 'web', '-n', namespace, '--replicas=4']);
    await eventually('its pods are there', async () => (await serversOf(session, cluster)).length === 4);
    expect((await readOne(session, cluster)).desired).toBe(4);
    await eventually('it says which one', async () => (await readOne(session, cluster)).setBy === 'kubectl');
  });

  it('survives a kill of the API server', async () => {
    await deploy();
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    const restart = (...args: string[]): void => {
      spawnSync('bash', ['test/kubernetes/restart.sh', 'kube-apiserver', ...args], { stdio: 'ignore' });
    };
    restart();
    try {
      await eventually('it says so', async () => (await errorOf(readOne(session, cluster))).code === 'unreachable');
      await expect(setDesired(session, cluster, 3)).rejects.toMatchObject({ code: 'unreachable' });
    } finally {
      restart('start');
    }
    const servers = await eventually('it is read', async () => serversOf(session, cluster));
    expect(countServers(servers).active).toBe(2);
    await eventually('it scales', async () => (await setDesired(session, cluster, 3)).desired === 3);
    await eventually('three are active', async () => countServers(await serversOf(session, cluster)).active === 3);
  });

  it('takes a rolling update for no growth', async () => {
    const strategy = { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } };
    apply(workload(namespace, 'web', { replicas: 4, startDelay: '500ms', spec: { strategy } }));
    await ready(namespace, 'web', 4);
    const cluster = clusterOf(namespace, 'web');
    const before = new Set((await serversOf(session, cluster)).map(({ id }) => id));
    kubectl(['set', 'env', 'deployment/web', '-n', namespace, 'RELEASE=2']);
    let most = 0;
    const [last, vanished] = [new Map<string, string>(), new Set<string>()];
    await eventually('all pods are new', async () => {
      const { desired, servers = [] } = await readOne(session, cluster);
      expect(desired).toBe(4);
      if (servers instanceof ProviderError) throw servers;
      most = Math.max(most, servers.length);
      const ids = new Set(servers.map(({ id }) => id));
      for (const [id, state] of last) if (!ids.has(id) && state !== 'DRAINING') vanished.add(id);
      last.clear();
      for (const { id, state } of servers) last.set(id, state);
      return servers.length === 4 && servers.every(({ id, state }) => state === 'ACTIVE' && !before.has(id));
    });
    expect(most).toBeGreaterThan(4);
    // A pod that drains between two readings is not taken for lost.
    expect([...vanished]).toEqual([]);
  });

  it('follows 500 pods by watches and not by lists, and shows no half of them', async () => {
    await deploy('web', 10);
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    const { servers, desired } = await setDesired(session, cluster, 500);
    expect(desired).toBe(500);
    expect([10, 500]).toContain(servers.length);
    await eventually('all are active', async () => countServers(await serversOf(session, cluster)).active === 500);
    await setDesired(session, cluster, 10);
    await eventually('ten are left', async () => (await serversOf(session, cluster)).length === 10);
    // The server ends the watch of a client that is slow for thousands of events. No reading lists: a watch does, once, before it begins.
    const [lists, watches] = [api.count(LISTS), api.count(WATCHES)];
    expect([lists, lists - 1]).toContain(watches);
    for (let poll = 0; poll < 20; poll += 1) expect(await serversOf(session, cluster)).toHaveLength(10);
    expect([api.count(LISTS), api.count(WATCHES)]).toEqual([lists, watches]);
  });

  it('shows pods that no node takes as on their way', async () => {
    apply(workload(namespace, 'web', { resources: { requests: { cpu: '1000' } } }));
    const cluster = clusterOf(namespace, 'web');
    await eventually('they wait', async () => countServers(await serversOf(session, cluster)).provisioning === 2);
    await eventually('the scheduler has said why', async () =>
      (await serversOf(session, cluster)).every(({ waitsFor }) => waitsFor?.includes('Insufficient cpu') === true),
    );
  });

  it('does not find a workload, a kind or a namespace that is not there', async () => {
    await deploy();
    const missing = await errorOf(readOne(session, clusterOf(namespace, 'gone')));
    expect(missing).toMatchObject({
      code: 'not_found',
      message: `there is no Deployment gone in namespace ${namespace}`,
    });
    const kindless = await errorOf(readOne(session, clusterOf(namespace, 'web', { kind: 'ConfigMap' })));
    expect(kindless).toMatchObject({
      code: 'not_found',
      message: 'the cluster has no kind ConfigMap that can be scaled',
    });
    const cluster = clusterOf(namespace, 'web');
    await readOne(session, cluster);
    kubectl(['delete', 'namespace', namespace]);
    // Rights went with the namespace; what is left says that it cannot be read, and nothing that could be taken for an empty list.
    const gone = await errorOf(setDesired(session, cluster, 1));
    expect(['not_found', 'unauthorized']).toContain(gone.code);
    await eventually('it cannot be read', async () => errorOf(readOne(session, cluster)));
  });

  it('works on two clusters at a time, each for itself', async () => {
    await deploy();
    const other = sessionOf(owner);
    const cluster = clusterOf(namespace, 'web');
    proxy.cut();
    expect((await errorOf(readOne(session, cluster))).code).toBe('unreachable');
    expect(countServers(await serversOf(other, cluster)).active).toBe(2);
    await other.close();
  });
});
