import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KubernetesMetrics, KubernetesTarget } from '../src/kubernetes/kubernetes.fields.js';
import type { KubernetesSession } from '../src/kubernetes/kubernetes.session.js';
import type { ProviderCluster, Reading } from '../src/sdk/index.js';
import { KubernetesStub } from './kubernetes-stub.js';

type Cluster = ProviderCluster<KubernetesTarget, KubernetesMetrics>;

function clusterOf(namespace: string, change: Partial<KubernetesTarget> = {}): Cluster {
  const target = { namespace, kind: 'StatefulSet', name: 'web', ...change };
  const { allow_scale_down: _allowed, ...workload } = target;
  return { id: `${namespace}/${target.kind}`, target, metrics: { ...workload, basis: 'request' }, fence: null };
}

describe('a session of Kubernetes', () => {
  let stub: KubernetesStub;
  let session: KubernetesSession;
  beforeEach(() => {
    stub = new KubernetesStub();
    session = stub.session();
  });
  afterEach(async () => session.close());

  const read = async (clusters: readonly Cluster[], timeoutMs = 2000): Promise<readonly unknown[]> => {
    const readings = await session.read(clusters, { signal: AbortSignal.timeout(timeoutMs), timeoutMs });
    return clusters.map(({ id }) => readings.get(id));
  };

  it('states the servers in time while the metrics hang', async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    stub.answers.set('/apis/metrics.k8s.io/v1beta1/namespaces/prod/pods', 'hang');
    const [reading] = await read([clusterOf('prod')], 400);
    expect(reading).toMatchObject({ servers: [{ id: 'web-0' }], desired: 1, samples: { code: 'unreachable' } });
  });

  it('takes no metrics of another workload whose pods have the same names', async () => {
    stub.workload('prod', 'statefulsets', 'web', ['web-0']);
    stub.workload('staging', 'statefulsets', 'web', ['web-0']);
    const mixed = { ...clusterOf('prod'), metrics: clusterOf('staging').metrics };
    const [own, other] = [(await read([clusterOf('prod')]))[0], (await read([mixed]))[0]];
    expect((own as Reading).samples).toMatchObject([{ serverId: 'web-0', cpu: 50 }]);
    expect(other).toMatchObject({ servers: [{ id: 'web-0' }], samples: { code: 'refused' } });
  });
});
