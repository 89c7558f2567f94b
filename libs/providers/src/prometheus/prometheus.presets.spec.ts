import { describe, expect, it } from '@jest/globals';
import { ProviderRegistry } from '../registry/provider.registry.js';
import { defineProvider, z } from '../sdk/index.js';
import { readSpec } from '../registry/read-provider.js';
import { prometheusConnection } from './prometheus.fields.js';
import { expandPreset, PRESET_NAMES } from './prometheus.presets.js';
import { prometheusProvider } from './prometheus.provider.js';

const NAMED = {
  id: 'c',
  name: 'prod',
  type: 'prometheus',
  spec: { url: 'https://prometheus.example' },
  ownerId: 'ada',
  shared: false,
  version: 1,
};
const target = defineProvider({
  type: 'target',
  apiVersion: 1,
  title: 'Target',
  connection: { spec: z.strictObject({}), address: () => 'here' },
  target: {
    spec: z.strictObject({}),
    capabilities: { fencing: false, statesDesired: false, partial: false },
    nameOf: (_target, id) => id,
  },
  open: () => ({ read: async () => new Map(), close: async () => undefined }),
});
const registry = new ProviderRegistry([prometheusProvider, target], {
  revision: 0,
  find: (name: string) => (name === 'prod' ? NAMED : undefined),
} as never);

function written(metrics: object): unknown {
  const read = registry.read({
    metrics: { type: 'prometheus', connection: 'prod', ...metrics },
    target: { type: 'target' },
  });
  return 'faults' in read ? read.faults : (read.provider as { metrics: object }).metrics;
}

const VARIABLES = {
  'kubernetes-cadvisor': { namespace: 'shop', workload: 'web' },
  'node-exporter': {},
  'nginx-ingress': { namespace: 'shop', ingress: 'web' },
  istio: { namespace: 'shop', workload: 'web' },
  vllm: { model: 'llama' },
  'celery-queue': { queue: 'mail' },
} as const;

describe('presets of prometheus', () => {
  it('become the queries that they stand for, which are what is stored and shown', () => {
    const shown = written({ preset: 'celery-queue', variables: { queue: 'mail' }, capacity: 20 });
    expect(shown).toEqual({
      type: 'prometheus',
      connection: 'prod',
      queries: {
        // Without `or vector(0)`: workers that do not answer are unknown, not idle.
        demand: 'sum(celery_queue_length{queue_name="mail"}) + sum(celery_worker_tasks_active{hostname=~".+"})',
      },
      capacity: 20,
    });
    // What an answer shows can be sent again.
    expect(written(shown as object)).toEqual(shown);
  });

  it.each(PRESET_NAMES)('name their variables: %s', (preset) => {
    const { queries = {} } = expandPreset({ preset, variables: VARIABLES[preset] });
    const text = Object.values(queries).join(' ');
    expect(Object.keys(queries).length).toBeGreaterThan(0);
    for (const value of Object.values(VARIABLES[preset])) expect(text).toContain(value);
  });

  it('count the requests and limits of a container once, however many kube-state-metrics are scraped', () => {
    const { queries } = expandPreset({
      preset: 'kubernetes-cadvisor',
      variables: { namespace: 'shop', workload: 'web' },
    });
    expect(queries?.cpu).toContain(
      '/ sum by (pod) (max by (namespace, pod, container) (kube_pod_container_resource_requests{',
    );
    expect(queries?.memory).toContain(
      '/ sum by (pod) (max by (namespace, pod, container) (kube_pod_container_resource_limits{',
    );
  });

  it('give way to queries and labels that are given', () => {
    const given = {
      preset: 'node-exporter',
      server_label: 'node',
      queries: { memory: 'mine', requests: 'more' },
    } as const;
    expect(expandPreset(given)).toMatchObject({
      server_label: 'node',
      queries: { cpu: expect.stringContaining('job="node"'), memory: 'mine', requests: 'more' },
    });
  });

  it('keep what is in a variable within its text', () => {
    const variables = { namespace: 'a",b="c\\\n', ingress: 'web' };
    const { queries } = expandPreset({ preset: 'nginx-ingress', variables });
    expect(queries?.requests).toContain('exported_namespace="a\\",b=\\"c\\\\\\n",ingress="web"');
    const { queries: pods } = expandPreset({
      preset: 'kubernetes-cadvisor',
      variables: { namespace: 'a', workload: 'w.b' },
    });
    expect(pods?.cpu).toContain('pod=~"w\\\\.b-([a-z0-9]{1,10}-)?[a-z0-9]{1,5}"');
  });

  it.each([
    [{}, 'queries or a preset must be given'],
    [{ queries: {} }, 'queries or a preset must be given'],
    [{ preset: 'vllm' }, 'variables must give model, which vllm needs'],
    [{ preset: 'vllm', variables: { queue: 'a' } }, 'variables of vllm are model, not queue'],
    [{ preset: 'vllm', variables: { constructor: 'a', model: 'b' } }, 'variables of vllm are model, not constructor'],
    [{ variables: { model: 'a' }, queries: { cpu: 'up' } }, 'variables need a preset'],
    [{ queries: { cpu: 'up' }, capacity: 3 }, 'capacity needs a query demand'],
  ])('are refused: %j', (metrics, error) => {
    expect(written(metrics)).toEqual([{ field: 'metrics', error }]);
  });

  it.each([
    [{ queries: { cpu: '' } }, 'metrics.queries.cpu'],
    [{ queries: { cpus: 'up' } }, 'metrics.queries.cpus'],
    [{ queries: { cpu: 'up' }, server_label: 'a-b' }, 'metrics.server_label'],
    [{ queries: { demand: 'up' }, capacity: 0 }, 'metrics.capacity'],
    [{ preset: 'nagios' }, 'metrics.preset'],
    [{ queries: { cpu: 'up' }, url: 'http://a' }, 'metrics.url'],
  ])('and fields are refused by name: %j', (metrics, field) => {
    expect(written(metrics)).toMatchObject([{ field }]);
  });
});

describe('connections of prometheus', () => {
  const url = 'https://prometheus.example/base';

  it.each([
    [{ headers: { Authorization: 'x' } }, 'spec.headers'],
    [{ headers: { 'content-length': '1' } }, 'spec.headers'],
    [{ headers: { 'a b': '1' } }, 'spec.headers'],
    [{ url_parameters: { query: 'up' } }, 'spec.url_parameters'],
    [{ auth: 'digest' }, 'spec.auth'],
    [{ client_certificate: 'mine' }, 'spec.client_certificate'],
    [{ token: 'secret' }, 'spec.token'],
  ])('are refused by field: %j', (fields, field) => {
    const faults: object[] = [];
    readSpec(prometheusConnection, { url, ...fields }, faults as never);
    expect(faults).toMatchObject([{ field }]);
  });
});
