import { describe, expect, it } from '@jest/globals';
import { kubernetesConnection, kubernetesMetrics, kubernetesTarget, workloadName } from './kubernetes.fields.js';

const WORKLOAD = { namespace: 'web', kind: 'Deployment', name: 'shop' };
const SERVER = 'https://10.0.0.1:6443';

describe('what a cluster says of its workload', () => {
  it.each<[string, object, boolean]>([
    ['a workload', {}, true],
    ['a group', { group: 'argoproj.io', kind: 'Rollout' }, true],
    ['the namespace of the cluster itself', { namespace: 'kube-system' }, false],
    ['a path for a namespace', { namespace: 'web/pods' }, false],
    ['a path for a name', { name: '../shop' }, false],
    ['a path for a kind', { kind: 'deployments/scale' }, false],
    ['an unknown field', { replicas: 3 }, false],
  ])('%s', (_name, change, isValid) => {
    expect(kubernetesTarget.safeParse({ ...WORKLOAD, ...change }).success).toBe(isValid);
  });

  it('measures requests of all containers, unless it says otherwise', () => {
    expect(kubernetesMetrics.parse(WORKLOAD)).toEqual({ ...WORKLOAD, basis: 'request' });
  });

  it('is one name, however the kind is written', () => {
    const other = { ...WORKLOAD, kind: 'deployment', group: 'apps' };
    expect(workloadName(other)).toBe(workloadName(WORKLOAD));
  });
});

describe('a connection', () => {
  it.each<[string, boolean, object, boolean]>([
    ['to a server', false, { server: SERVER }, true],
    ['without TLS', false, { server: 'http://10.0.0.1' }, false],
    ['to nothing', false, {}, false],
    ['with the identity of the service, where that is allowed', true, { in_cluster: true }, true],
    ['with the identity of the service, where it is not', false, { in_cluster: true }, false],
    ['to a server with the identity of the service', true, { server: SERVER, in_cluster: true }, false],
    ['with a file instead of a certificate', false, { server: SERVER, ca: '/etc/ca.crt' }, false],
  ])('%s (ambient allowed: %s)', (_name, allowed, spec, isValid) => {
    expect(kubernetesConnection(allowed).safeParse(spec).success).toBe(isValid);
  });
});
