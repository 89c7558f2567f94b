import { describe, expect, it } from '@jest/globals';
import { observe } from './observe.js';
import type { Sample, Server } from './types.js';

const NOW = Date.UTC(2026, 0, 5);
const SERVERS: readonly Server[] = [
  { id: 'a', state: 'ACTIVE' },
  { id: 'b', state: 'ACTIVE' },
  { id: 'p', state: 'PROVISIONING' },
  { id: 'd', state: 'DRAINING' },
  { id: 't', state: 'TERMINATED' },
];

function sample(serverId: string, change: Partial<Sample> = {}): Sample {
  return { serverId, at: NOW - 1000, cpu: 40, memory: 30, requestRate: 100, ...change };
}

function look(samples: readonly Sample[], servers = SERVERS) {
  return observe({ now: NOW, intervalMs: 10_000, servers, samples });
}

describe('what a tick sees', () => {
  it('sums up the samples of active servers', () => {
    const seen = look([sample('a', { cpu: 40, memory: 20 }), sample('b', { cpu: 60, memory: 40, at: NOW - 500 })]);
    expect(seen.servers).toEqual({ active: 2, provisioning: 1, draining: 1 });
    expect(seen.cpu).toEqual({ mean: 50, max: 60 });
    expect(seen.memory).toEqual({ mean: 30, max: 40 });
    expect(seen.requestRate).toBe(200);
    expect(seen.demand).toBe(1);
    expect(seen).toMatchObject({ reporting: 2, fresh: true, saturated: false, stalenessMs: 500, refused: {} });
  });

  it('scales what a part reports up to the whole', () => {
    const seen = look([sample('a', { cpu: 50, requestRate: 80 })]);
    expect(seen.requestRate).toBe(160);
    expect(seen.demand).toBe(1);
    expect(seen.fresh).toBe(true);
  });

  it('knows nothing of a silent cluster', () => {
    expect(look([])).toMatchObject({
      cpu: null,
      memory: null,
      requestRate: null,
      demand: null,
      stalenessMs: null,
      fresh: false,
    });
  });

  it('is not fresh when less than half of the servers report', () => {
    const three: Server[] = ['a', 'b', 'c'].map((id) => ({ id, state: 'ACTIVE' }));
    expect(look([sample('a')], three).fresh).toBe(false);
    expect(look([sample('a'), sample('b')], three).fresh).toBe(true);
  });

  it('calls a cluster saturated whose CPU is as good as full', () => {
    expect(look([sample('a', { cpu: 99 }), sample('b', { cpu: 98 })]).saturated).toBe(true);
    expect(look([sample('a', { cpu: 99 }), sample('b', { cpu: 90 })]).saturated).toBe(false);
  });

  it.each([
    ['not_a_number', { cpu: Number.NaN }],
    ['not_a_number', { requestRate: Number.POSITIVE_INFINITY }],
    ['not_a_number', { at: Number.NaN }],
    ['out_of_range', { cpu: -1 }],
    ['out_of_range', { cpu: 250 }],
    ['out_of_range', { memory: 101.5 }],
    ['out_of_range', { requestRate: -5 }],
    ['in_the_future', { at: NOW + 60_000 }],
    ['stale', { at: NOW - 31_000 }],
  ])('refuses a sample that is %s: %j', (reason, change) => {
    const seen = look([sample('a', change), sample('b')]);
    expect(seen.refused).toEqual({ [reason]: 1 });
    expect(seen.reporting).toBe(1);
  });

  it('refuses samples of servers that are not active, and all but the newest of one server', () => {
    const seen = look([sample('a'), sample('a', { at: NOW - 100, cpu: 70 }), sample('p'), sample('x'), sample('b')]);
    expect(seen.refused).toEqual({ duplicate: 1, unknown_server: 2 });
    expect(seen.cpu).toEqual({ mean: 55, max: 70 });
  });

  it('forgives rounding and clocks a little ahead', () => {
    expect(look([sample('a', { cpu: 100.4, at: NOW + 2000 })]).refused).toEqual({});
  });
});
