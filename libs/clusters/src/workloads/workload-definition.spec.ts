import { describe, expect, it } from '@jest/globals';
import type { FoundAutoscaler, FoundWorkload } from '#providers';
import { definitionOf, freeName } from './workload-definition.js';

const PROVIDER = { type: 'kubernetes', connection: 'prod' };
const WORKLOAD: FoundWorkload = {
  target: {},
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
  desired: 3,
  ready: 3,
  requests: { cpuMillis: 500, memoryMiB: 64 },
  scaledBy: null,
  unknown: null,
  refused: null,
};
const HPA: FoundAutoscaler = {
  by: 'HorizontalPodAutoscaler web',
  others: [],
  min: 2,
  max: 9,
  desired: 3,
  current: 3,
  cpuTarget: 60,
  metrics: [],
  conditions: [],
};

const define = (change: Partial<FoundWorkload>) => definitionOf({ ...WORKLOAD, ...change }, PROVIDER, 'shop/web');
const scaledBy = (change: Partial<FoundAutoscaler>) => define({ scaledBy: { ...HPA, ...change } });
const TRACKING = { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] }, mode: 'recommend' };
const LEVEL = { slo: {}, mode: 'recommend' };

describe('the cluster of a workload', () => {
  it('has bounds and CPU target of its HPA, and only recommends', () => {
    expect(scaledBy({})).toEqual({
      definition: { name: 'shop/web', min_servers: 2, max_servers: 9, policy: TRACKING, provider: PROVIDER },
      notes: [],
    });
  });

  it('names each metric that is not taken over', () => {
    const { definition, notes } = scaledBy({ metrics: ['memory at 80 % of the request', 'the trigger kafka', 'c'] });
    expect(definition.policy).toEqual(TRACKING);
    expect(notes).toEqual([
      'Not taken over from HorizontalPodAutoscaler web: memory at 80 % of the request, the trigger kafka and c.',
    ]);
  });

  it.each([
    [null, ['the trigger kafka'], 'the trigger kafka'],
    [150, [], 'CPU at 150 % of the request'],
  ])('keeps the bounds and has the service level where the CPU target is %s', (cpuTarget, metrics, left) => {
    const { definition, notes } = scaledBy({ cpuTarget, metrics });
    expect(definition).toMatchObject({ min_servers: 2, max_servers: 9, policy: LEVEL });
    expect(notes).toEqual([
      `Not taken over from HorizontalPodAutoscaler web: ${left}.`,
      'Its policy is the default service level.',
    ]);
  });

  it('says that several autoscalers act on it', () => {
    expect(scaledBy({ others: ['HorizontalPodAutoscaler web-2'] }).notes).toEqual([
      'Several autoscalers act on it: HorizontalPodAutoscaler web and HorizontalPodAutoscaler web-2. Bounds and target are those of the first.',
    ]);
  });

  it.each([
    [3, 1, 10],
    [40, 1, 80],
    [0, 0, 10],
    [null, 1, 10],
  ])('has assumed bounds without an autoscaler: at %s servers %s to %s', (desired, min, max) => {
    const { definition, notes } = define({ desired });
    expect(definition).toMatchObject({ min_servers: min, max_servers: max, policy: LEVEL });
    expect(notes).toEqual([
      `No autoscaler states bounds: ${min} to ${max} servers are assumed. Check them before it acts.`,
    ]);
  });

  it('says that there is no utilization where a container requests no CPU', () => {
    const { notes } = define({ scaledBy: HPA, requests: { cpuMillis: null, memoryMiB: 64 } });
    expect(notes).toEqual(['A container requests no CPU. Without it CPU utilization is unknown.']);
    expect(define({ scaledBy: HPA, requests: null }).notes).toEqual([]);
  });
});

describe('the name of an imported cluster', () => {
  it('is the first that is free, in any case of letters', () => {
    expect(freeName(WORKLOAD, new Set())).toBe('shop/web');
    expect(freeName({ ...WORKLOAD, name: 'Web' }, new Set(['shop/web', 'shop/web-2']))).toBe('shop/Web-3');
  });

  it('has at most 100 characters, and ends with a letter or digit', () => {
    const long = { ...WORKLOAD, name: `${'a'.repeat(94)}-.bcd` };
    const first = freeName(long, new Set());
    expect(first).toBe(`shop/${'a'.repeat(94)}`);
    expect(freeName(long, new Set([first]))).toBe(`shop/${'a'.repeat(93)}-2`);
  });
});
