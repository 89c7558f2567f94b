import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../connections/connection.js';
import { kedaProvider } from '../keda/keda.provider.js';
import { ProviderRegistry } from '../registry/provider.registry.js';
import { kubernetesProvider } from './kubernetes.provider.js';

const kubernetes = kubernetesProvider({ allowAmbient: true });
const registry = new ProviderRegistry([kubernetes, kedaProvider(kubernetes)]);
const connection = { id: '1', name: 'prod', type: 'kubernetes', spec: { in_cluster: true }, version: 1 };
const half = (type: string, namespace: string) => ({
  type,
  connection: 'prod',
  namespace,
  kind: 'StatefulSet',
  name: 'web',
});

describe('metrics of pods', () => {
  it.each([
    ['kubernetes', 'prod', true],
    ['keda', 'prod', true],
    ['kubernetes', 'staging', false],
    ['keda', 'staging', false],
  ])('are those of the target (%s in prod): %s taken: %s', (type, namespace, isTaken) => {
    const provider = { target: half(type, 'prod'), metrics: half('kubernetes', namespace) };
    const understood = registry.read(provider, () => connection as unknown as Connection);
    const faults = 'faults' in understood ? understood.faults : [];
    expect(faults.map(({ field }) => field)).toEqual(isTaken ? [] : ['metrics']);
  });
});
