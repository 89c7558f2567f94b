import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../connections/connection.js';
import { kubernetesProvider } from '../kubernetes/kubernetes.provider.js';
import { defineProvider, type ProviderDefinition, z } from '../sdk/index.js';
import { simulatorProvider } from '../simulator/simulator.provider.js';
import { ProviderRegistry } from './provider.registry.js';

const SIMULATOR = 'http://127.0.0.1:9000';

const prometheus: ProviderDefinition = defineProvider({
  type: 'prometheus',
  apiVersion: 1,
  title: 'Prometheus',
  batching: true,
  connection: { spec: z.strictObject({ url: z.url() }), address: ({ url }) => url },
  metrics: { spec: z.strictObject({ query: z.string().min(1) }), capabilities: { totals: true } },
  open: () => ({ read: async () => new Map(), close: async () => undefined }),
});
const registry = new ProviderRegistry([simulatorProvider(SIMULATOR), prometheus]);
const SOURCE = { type: 'prometheus', url: 'http://prometheus:9090', query: 'up' };

function faultsOf(value: unknown): readonly object[] {
  const read = registry.read(value);
  return 'faults' in read ? read.faults : [];
}

function written(value: unknown): unknown {
  const read = registry.read(value);
  return 'faults' in read ? read : read.provider;
}

describe('what is written of a provider', () => {
  it('keeps its shape, with the defaults filled in', () => {
    expect(written({ type: 'simulator' })).toEqual({ type: 'simulator' });
    expect(written({ type: 'simulator', cluster_id: 'web', simulated: { servers: 2 } })).toEqual({
      type: 'simulator',
      cluster_id: 'web',
      simulated: { servers: 2, base_cpu: 50, base_memory: 40, variance: 5 },
    });
    const halves = { metrics: SOURCE, target: { type: 'simulator', cluster_id: 'web' } };
    expect(written(halves)).toEqual(halves);
  });

  it('is understood by each half', () => {
    const read = registry.read({ type: 'simulator', cluster_id: 'web', simulated: { servers: 2 } });
    expect(read).toMatchObject({
      bound: {
        metrics: { connection: {}, spec: { cluster_id: 'web' }, address: SIMULATOR },
        target: { connection: {}, spec: { cluster_id: 'web', simulated: { servers: 2 } }, address: SIMULATOR },
      },
    });
  });

  it.each([
    [[], '', 'provider must be an object'],
    [{}, 'type', 'type must be one of the following values: prometheus, simulator'],
    [{ type: 'aws' }, 'type', 'type must be one of the following values: prometheus, simulator'],
    [{ type: 'simulator', color: 'red' }, 'color', 'provider.color is not a known field'],
    [{ type: 'simulator', url: 'file:///etc/passwd' }, 'url', 'url must be an http or https URL'],
    [{ type: 'simulator', url: `${SIMULATOR}/clusters` }, 'url', 'url must have no path'],
    [{ type: 'simulator', url: 5 }, 'url', 'url must be a string'],
    [{ type: 'simulator', cluster_id: '.' }, 'cluster_id', expect.stringContaining('cluster_id must consist of')],
    [{ type: 'simulator', simulated: 5 }, 'simulated', 'simulated must be an object'],
    [{ type: 'simulator', simulated: { servers: 0 } }, 'simulated.servers', 'servers must not be less than 1'],
    [{ type: 'simulator', simulated: { servers: 1.5 } }, 'simulated.servers', 'servers must be an integer number'],
    [
      { type: 'simulator', simulated: { base_cpu: 101 } },
      'simulated.base_cpu',
      'base_cpu must not be greater than 100',
    ],
    [{ type: 'simulator', simulated: { x: 1 } }, 'simulated.x', 'provider.simulated.x is not a known field'],
    [SOURCE, 'type', 'type prometheus has no target: give provider.metrics and provider.target apart'],
    [{ metrics: SOURCE }, 'target', 'target must be an object with a type'],
    [{ metrics: SOURCE, target: { type: 'prometheus' } }, 'target.type', 'type prometheus has no target'],
    [
      { metrics: { ...SOURCE, query: '' }, target: { type: 'simulator' } },
      'metrics.query',
      'query must have at least 1 characters',
    ],
    [
      { metrics: { type: 'prometheus', url: SOURCE.url }, target: { type: 'simulator' } },
      'metrics.query',
      'query must be given',
    ],
    [{ metrics: SOURCE, target: { type: 'simulator' }, more: 1 }, 'more', 'provider.more is not a known field'],
  ])('is refused by field: %j', (value, field, error) => {
    expect(faultsOf(value)).toEqual([{ field, error }]);
  });

  it('may not read metrics of a cluster that another scales', () => {
    const target = { type: 'simulator', cluster_id: 'mine' };
    const foreign = { metrics: { type: 'simulator', cluster_id: 'theirs' }, target };
    expect(faultsOf(foreign)).toMatchObject([{ field: 'metrics' }]);
    expect(faultsOf({ metrics: { type: 'simulator', cluster_id: 'mine' }, target })).toEqual([]);
    // Without a name it is the cluster's own id, here and there.
    expect(faultsOf({ metrics: { type: 'simulator' }, target: { type: 'simulator' } })).toEqual([]);
  });

  it('leads to the same servers however it is written', () => {
    const key = (provider: never) => registry.targetKeyOf({ id: 'a', provider });
    expect(key({ type: 'simulator' } as never)).toBe('127.0.0.1:9000/a');
    expect(key({ metrics: SOURCE, target: { type: 'simulator', url: 'http://localhost:9000' } } as never)).toBe(
      '127.0.0.1:9000/a',
    );
    expect(key({ type: 'simulator', cluster_id: 'web' } as never)).toBe('127.0.0.1:9000/web');
    expect(key({ type: 'gone' } as never)).toBeNull();
  });

  it('leads to other servers below another path of a Kubernetes proxy, and nowhere else', () => {
    const keyAt = (server: string): string | null => {
      const stored = { type: 'kubernetes', name: 'prod', spec: { server } } as unknown as Connection;
      const kubernetes = new ProviderRegistry([kubernetesProvider({ allowAmbient: false })], {
        revision: 0,
        find: () => stored,
      });
      const workload = { namespace: 'web', kind: 'Deployment', name: 'shop' };
      return kubernetes.targetKeyOf({ id: 'a', provider: { type: 'kubernetes', connection: 'prod', ...workload } });
    };
    const first = 'rancher.example:443/k8s/clusters/c-1/web/deployment/shop';
    expect(keyAt('https://rancher.example/k8s/clusters/c-1')).toBe(first);
    expect(keyAt('https://Rancher.example:443/k8s//clusters/%63-1/')).toBe(first);
    expect(keyAt('https://rancher.example/k8s/clusters/c-2')).toBe(first.replace('c-1', 'c-2'));
    expect(keyAt('https://rancher.example/')).toBe('rancher.example:443/web/deployment/shop');
    const simulator = new ProviderRegistry([simulatorProvider(`${SIMULATOR}/base`)]);
    expect(simulator.targetKeyOf({ id: 'a', provider: { type: 'simulator' } })).toBe('127.0.0.1:9000/a');
  });

  it('names its cluster for other installations, where an id would be another one there', () => {
    const named = (provider: never) => registry.named({ id: 'a', provider });
    expect(named({ type: 'simulator' } as never)).toEqual({ type: 'simulator', cluster_id: 'a' });
    expect(named({ metrics: SOURCE, target: { type: 'simulator', cluster_id: 'web' } } as never)).toEqual({
      metrics: SOURCE,
      target: { type: 'simulator', cluster_id: 'web' },
    });
  });
});

describe('what is stored of a provider', () => {
  it('that does not understand it any more is an error in a sentence', () => {
    const stored = { type: 'simulator', simulated: { servers: 'many' } };
    expect(() => registry.bind(stored)).toThrow('it does not take what is stored of it: servers must be a number');
    expect(() => registry.bind({ metrics: SOURCE, target: { type: 'gone' } })).toThrow(/type "gone" is loaded/);
  });
});

describe('clusters', () => {
  it('are read together where that is so for their metrics', () => {
    const simulator = { type: 'simulator' };
    expect(registry.isBatched(simulator)).toBe(false);
    expect(registry.isBatched({ metrics: SOURCE, target: simulator })).toBe(true);
    expect(registry.isBatched({ metrics: { type: 'gone' }, target: simulator })).toBe(false);
  });
});

describe('a declaration of a provider', () => {
  const open = () => ({ read: async () => new Map(), close: async () => undefined });
  const metrics = { spec: z.strictObject({ name: z.string() }), capabilities: { totals: false } };
  const connection = { spec: z.strictObject({ url: z.url() }), address: () => 'here' };
  const declared = { type: 'one', apiVersion: 1, title: 'One', connection, metrics, open };

  it.each([
    [{ type: 'One' }, 'is no type'],
    [{ metrics: undefined }, 'must have a target, metrics, or both'],
    [{ metrics: { ...metrics, spec: z.strictObject({ type: z.string() }) } }, 'must not have a field "type"'],
    [{ metrics: { ...metrics, spec: z.strictObject({ url: z.string() }) } }, 'in its connection and beside it'],
  ])('contradicts itself: %j', (change, message) => {
    expect(() => defineProvider({ ...declared, ...change } as never)).toThrow(message);
  });

  it('is of a type of its own', () => {
    expect(() => new ProviderRegistry([prometheus, { ...prometheus }])).toThrow(
      'two providers of the type "prometheus"',
    );
  });
});

describe('providers of one type of connections', () => {
  const open = () => ({ read: async () => new Map(), close: async () => undefined });
  const metrics = { spec: z.strictObject({}), capabilities: { totals: false } };
  const connection = { spec: z.strictObject({}), named: true, kind: 'cloud', address: () => 'here' };
  const first = defineProvider({ type: 'first', apiVersion: 1, title: 'First', connection, metrics, open });

  it('declare the same', () => {
    const second = { ...first, type: 'second' };
    expect([...new ProviderRegistry([first, second]).connectionTypes().keys()]).toEqual(['cloud']);
    const other = { ...second, connection: { ...connection, spec: z.strictObject({}) } };
    expect(() => new ProviderRegistry([first, other])).toThrow('declare different connections of the type "cloud"');
  });

  it('have secrets only where connections are stored', () => {
    const inline = { ...connection, named: false, secrets: ['token'] };
    expect(() => defineProvider({ ...first, connection: inline })).toThrow('its connections must be named');
  });
});
