import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubernetesSession } from '../../libs/providers/src/kubernetes/kubernetes.session.js';
import { ProviderError, type Reading, type Sample } from '../../libs/providers/src/sdk/index.js';
import { eventually } from '../support/eventually.js';
import { apply, hpaOf, kubectl, ready, type Tenant, tenant, workload } from './support/control-plane.js';
import { clusterOf, readOne, sessionOf } from './support/session.js';

/** What metrics-server is started with. */
const RESOLUTION_MS = 10_000;

const script = (name: string, ...args: string[]): void => {
  execFileSync('bash', [`test/kubernetes/${name}`, ...args], { stdio: 'inherit' });
};

describe('the real metrics-server', () => {
  let owner: Tenant;
  let namespace: string;
  let session: KubernetesSession;
  // One workload for all: each new pod has to be scraped twice before anything is known of it.
  beforeAll(async () => {
    script('metrics-server-up.sh');
    owner = await tenant();
    ({ namespace } = owner);
    session = sessionOf(owner);
    apply(workload(namespace, 'web'));
    await ready(namespace, 'web', 2);
  });
  afterAll(async () => {
    await session.close();
    kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
    script('restart.sh', 'metrics-server');
    script('metrics-api.sh', process.env['METRICS_PORT']!);
  });

  /** What the pods use from now on. */
  const use = (cpu: string, memory: string): void => {
    const usage = [`kwok.x-k8s.io/usage-cpu=${cpu}`, `kwok.x-k8s.io/usage-memory=${memory}`];
    kubectl(['annotate', 'pods', '--all', '-n', namespace, '--overwrite', ...usage]);
  };
  const read = async (): Promise<Reading> => readOne(session, clusterOf(namespace, 'web'));
  /** Waits until that many pods are measured like this, in percent. */
  const measured = async (count: number, cpu: number): Promise<Reading & { readonly samples: readonly Sample[] }> =>
    eventually(`${count} pods use ${cpu} % of their CPU`, async () => {
      const { samples, ...reading } = await read();
      if (samples === undefined || samples instanceof ProviderError || samples.length !== count) return null;
      return samples.every((sample) => sample.cpu !== null && Math.abs(sample.cpu - cpu) < 1)
        ? { ...reading, samples }
        : null;
    });

  it('is read as shares of the requests, with the window that it averages over', async () => {
    use('60m', '16Mi');
    const { samples, late } = await measured(2, 60);
    for (const { at, memory, requestRate } of samples) {
      expect({ memory, requestRate }).toEqual({ memory: 25, requestRate: null });
      expect(Date.now() - at).toBeGreaterThan(0);
    }
    expect(late?.servers).toBe(2);
    // Between two scrapes.
    expect(late?.ms).toBeGreaterThan(RESOLUTION_MS / 2);
    expect(late?.ms).toBeLessThan(RESOLUTION_MS * 3);
    use('130m', '16Mi');
    await measured(2, 130);
  });

  it('leads the real HPA and us to the same count', async () => {
    use('120m', '16Mi');
    const { samples } = await measured(2, 120);
    // It recommends, and changes nothing.
    const behavior = { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } };
    apply(hpaOf(namespace, 'web', { min: 1, max: 20, utilization: 50 }, { behavior }));
    const path = 'jsonpath={.status.currentMetrics[0].resource.current.averageUtilization}';
    const theirs = await eventually('the HPA has measured', () =>
      kubectl(['get', 'hpa', 'web', '-n', namespace, '-o', path]),
    );
    const mean = samples.reduce((sum, { cpu }) => sum + cpu!, 0) / samples.length;
    expect(Math.abs(mean - Number(theirs))).toBeLessThanOrEqual(1);
    expect(Math.ceil((2 * mean) / 50)).toBe(Math.ceil((2 * Number(theirs)) / 50));
  });

  it('makes metrics unknown while it is gone, and is read again once it is back', async () => {
    use('60m', '16Mi');
    await measured(2, 60);
    script('restart.sh', 'metrics-server');
    const { servers, samples } = await eventually('no list is answered any more', async () => {
      const reading = await read();
      return reading.samples instanceof ProviderError ? reading : null;
    });
    expect(servers).toHaveLength(2);
    expect(samples).toMatchObject({ code: 'unreachable' });
    script('restart.sh', 'metrics-server', 'start');
    await measured(2, 60);
  });

  it('has nothing of a pod that it has not scraped twice: it counts neither as idle nor as one that took the load', async () => {
    use('90m', '16Mi');
    await measured(2, 90);
    kubectl(['scale', 'deployment', 'web', '-n', namespace, '--replicas=4']);
    await ready(namespace, 'web', 4);
    const { servers, samples, late } = await eventually('the watch has the new pods', async () => {
      const reading = await read();
      return Array.isArray(reading.servers) && reading.servers.length === 4 ? reading : null;
    });
    expect(servers).toHaveLength(4);
    expect(samples).toHaveLength(2);
    expect(late?.servers).toBe(2);
    use('45m', '16Mi');
    expect((await measured(4, 45)).samples).toHaveLength(4);
  });
});
