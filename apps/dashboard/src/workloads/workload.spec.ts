import { describe, expect, it } from '@jest/globals';
import { boundsWords, chosenOf, isFree, keyOf, matching, serversWords, targetWords, type Workload } from './workload';

function workload(name: string, change: Partial<Workload> = {}): Workload {
  return {
    namespace: 'shop',
    kind: 'Deployment',
    name,
    target: { namespace: 'shop', kind: 'Deployment', name, group: 'apps' },
    desired: 3,
    ready: 3,
    requests: null,
    scaled_by: null,
    cluster: null,
    refused: null,
    ...change,
  };
}

function scaled(change: Partial<NonNullable<Workload['scaled_by']>> = {}): Partial<Workload> {
  const by = { by: 'HorizontalPodAutoscaler web', others: [], min_servers: 2, max_servers: 20, desired: 3, current: 3 };
  return { scaled_by: { ...by, cpu_target: 60, metrics: [], conditions: [], ...change } };
}

describe('a workload', () => {
  it('is named with the group of its kind, which distinguishes kinds of the same name', () => {
    expect(chosenOf(workload('web'))).toEqual({ namespace: 'shop', kind: 'Deployment', name: 'web', group: 'apps' });
    const other = chosenOf(workload('web', { target: { group: 'example.test' } }));
    expect(keyOf(other)).not.toBe(keyOf(chosenOf(workload('web'))));
    expect(chosenOf(workload('web', { target: {} }))).not.toHaveProperty('group');
  });

  it('can be chosen unless it is registered or refused', () => {
    expect(isFree(workload('web'))).toBe(true);
    expect(isFree(workload('web', { refused: 'This service runs in its pods.' }))).toBe(false);
    expect(isFree(workload('web', { cluster: { id: 'c', name: 'shop/web' } }))).toBe(false);
  });

  it('is found by any part of what identifies it', () => {
    const all = [workload('web', scaled()), workload('db', { kind: 'StatefulSet' })];
    const names = (text: string): readonly string[] => matching(all, text).map(({ name }) => name);
    expect(names('')).toEqual(['web', 'db']);
    expect(names('SHOP/w')).toEqual(['web']);
    expect(names('stateful')).toEqual(['db']);
    expect(names('shop horizontal')).toEqual(['web']);
    expect(names('shop nothing')).toEqual([]);
  });

  it('says bounds, target and count', () => {
    expect([boundsWords(workload('web', scaled())), boundsWords(workload('web'))]).toEqual(['2 to 20', 'none stated']);
    expect(targetWords(workload('web', scaled({ metrics: ['memory at 80 % of the request'] })))).toBe(
      'CPU at 60 % of the request, memory at 80 % of the request',
    );
    expect(targetWords(workload('web', scaled({ cpu_target: null })))).toBe('none stated');
    expect(serversWords(workload('web'))).toBe('3');
    expect(serversWords(workload('web', { ready: 1 }))).toBe('3, 1 ready');
    expect(serversWords(workload('web', { desired: null, ready: null }))).toBe('not known');
  });
});
