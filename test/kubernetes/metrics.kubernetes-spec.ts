import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderError, type Sample } from '../../libs/providers/src/sdk/index.js';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import { eventually } from '../support/eventually.js';
import { apply, hpaOf, kubectl, ready, setMetrics, type Tenant, tenant, workload } from './support/control-plane.js';
import { clusterOf, type KubernetesCluster, readOne, sessionOf } from './support/session.js';

const USUAL = { cpu: '50m', memory: '32Mi', containers: {}, ageSeconds: 0 };

describe('metrics of pods', () => {
  let owner: Tenant;
  let namespace: string;
  let session: KubernetesSession;
  beforeEach(async () => {
    owner = await tenant();
    ({ namespace } = owner);
    session = sessionOf(owner);
    await setMetrics(USUAL);
  });
  afterEach(async () => {
    await setMetrics(USUAL);
    await session.close();
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
  });

  const deploy = async (resources: Readonly<Record<string, unknown>>): Promise<void> => {
    apply(workload(namespace, 'web', { resources }));
    await ready(namespace, 'web', 2);
  };
  const samplesOf = async (cluster: KubernetesCluster): Promise<readonly Sample[]> => {
    const { samples = [] } = await readOne(session, cluster);
    if (samples instanceof ProviderError) throw samples;
    return samples;
  };

  it('are shares of the request by default, of the limit where that is the basis', async () => {
    await deploy({ requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } });
    const [sample] = await samplesOf(clusterOf(namespace, 'web'));
    expect(sample).toMatchObject({ cpu: 50, memory: 50, requestRate: null });
    expect(Math.abs(sample!.at - Date.now())).toBeLessThan(5000);
    const [other] = await samplesOf(clusterOf(namespace, 'web', { basis: 'limit' }));
    expect(other).toMatchObject({ cpu: 5, memory: 25 });
  });

  it('may be above the request, as far as the limit goes', async () => {
    await deploy({ requests: { cpu: '100m' }, limits: { cpu: '1' } });
    await setMetrics({ cpu: '950m' });
    const reading = await readOne(session, clusterOf(namespace, 'web'));
    expect(reading).toMatchObject({ maxCpuPercent: 2000, samples: [{ cpu: 950, memory: null }, {}] });
  });

  it('are those of one container, where it is named', async () => {
    const container = (name: string, cpu: string) => ({
      name,
      image: 'example.invalid/web:1',
      resources: { requests: { cpu, memory: '64Mi' } },
    });
    apply(workload(namespace, 'web', { containers: [container('main', '200m'), container('proxy', '100m')] }));
    await ready(namespace, 'web', 2);
    await setMetrics({ cpu: '20m', containers: { proxy: { cpu: '100m' } } });
    expect((await samplesOf(clusterOf(namespace, 'web')))[0]?.cpu).toBe(40);
    await eventually('the next list is read', async () => {
      const [sample] = await samplesOf(clusterOf(namespace, 'web', { container: 'main' }));
      return sample?.cpu === 10;
    });
    const { samples } = await readOne(session, clusterOf(namespace, 'web', { container: 'sidecar' }));
    expect(samples).toMatchObject({ code: 'refused', message: 'no pod has a container "sidecar"' });
  });

  it('say why they cannot be shares of anything', async () => {
    await deploy({});
    expect((await readOne(session, clusterOf(namespace, 'web'))).samples).toMatchObject({
      code: 'refused',
      message: 'the containers state neither a CPU nor a memory request: utilization is a share of it',
    });
  });

  it('keep their own time, so that old ones are not taken for new', async () => {
    await deploy({ requests: { cpu: '100m' } });
    await setMetrics({ ageSeconds: 300 });
    const [sample] = await samplesOf(clusterOf(namespace, 'web'));
    expect(Date.now() - sample!.at).toBeGreaterThan(290_000);
  });

  it('lead to the count that the real HPA desires, with a limit of ten times the request', async () => {
    await deploy({ requests: { cpu: '100m' }, limits: { cpu: '1' } });
    await setMetrics({ cpu: '130m' });
    // It recommends, and changes nothing.
    const behavior = { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } };
    apply(hpaOf(namespace, 'web', { min: 1, max: 20, utilization: 80 }, { behavior }));
    const seen = await eventually('it has measured', () => {
      const path = 'jsonpath={.status.currentMetrics[0].resource.current.averageUtilization}';
      return kubectl(['get', 'hpa', 'web', '-n', namespace, '-o', path]);
    });
    const samples = await eventually('the list is as new', async () => {
      const all = await samplesOf(clusterOf(namespace, 'web'));
      return all.every(({ cpu }) => cpu !== null && Math.abs(cpu - 130) < 1e-9) ? all : null;
    });
    const mean = samples.reduce((sum, { cpu }) => sum + cpu!, 0) / samples.length;
    expect(Math.round(mean)).toBe(Number(seen));
    // ceil(replicas × utilization / target), as the HPA computes it.
    expect(Math.ceil((samples.length * mean) / 80)).toBe(Math.ceil((samples.length * Number(seen)) / 80));
  });
});
