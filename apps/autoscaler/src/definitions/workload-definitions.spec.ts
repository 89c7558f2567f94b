import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Imported } from '#clusters';
import { definitionsOf } from './workload-definitions.js';

function imported(name: string, notes: readonly string[]): Imported {
  const policy = { slo: {}, mode: 'recommend' as const };
  const provider = { type: 'kubernetes', connection: 'prod', namespace: 'shop', kind: 'Deployment', name };
  const definition = { name: `shop/${name}`, min_servers: 1, max_servers: 9, policy, provider };
  return { workload: { namespace: 'shop', kind: 'Deployment', name }, cluster: null, definition, skipped: null, notes };
}

it('prints clusters as "autoscaler import" takes them, with notes as comments and without skipped ones', () => {
  const skipped: Imported = { ...imported('db', []), definition: null, skipped: 'It is registered already.' };
  const text = definitionsOf({
    owner: 'ada',
    imported: [imported('web', ['One.', 'Two.']), skipped, imported('b', [])],
  });
  expect(text).toBe(`# Clusters and their policies, as "autoscaler import" takes them.
version: 1
clusters:
  # One.
  # Two.
  - owner: ada
    name: shop/web
    min_servers: 1
    max_servers: 9
    policy:
      slo: {}
      mode: recommend
    provider:
      type: kubernetes
      connection: prod
      namespace: shop
      kind: Deployment
      name: web
  - owner: ada
    name: shop/b
    min_servers: 1
    max_servers: 9
    policy:
      slo: {}
      mode: recommend
    provider:
      type: kubernetes
      connection: prod
      namespace: shop
      kind: Deployment
      name: b
`);
  expect((parse(text) as { clusters: unknown[] }).clusters).toHaveLength(2);
  expect(parse(definitionsOf({ owner: 'ada', imported: [] }))).toEqual({ version: 1, clusters: [] });
});
