import { describe, expect, it } from '@jest/globals';
import { observe } from './observe.js';
import type { Sample, Server, StatedMeasured } from './types.js';

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

function fleet(count: number): Server[] {
  return Array.from({ length: count }, (_, index) => ({ id: `s${index}`, state: 'ACTIVE' as const }));
}

/** The same fields, unknown. */
function nulled(change: object): object {
  return Object.fromEntries(Object.keys(change).map((field) => [field, null]));
}

describe('an observation', () => {
  it('aggregates the samples of active servers', () => {
    const seen = look([sample('a', { cpu: 40, memory: 20 }), sample('b', { cpu: 60, memory: 40, at: NOW - 500 })]);
    expect(seen.servers).toEqual({ active: 2, provisioning: 1, draining: 1 });
    expect(seen.cpu).toEqual({ mean: 50, max: 60 });
    expect(seen.memory).toEqual({ mean: 30, max: 40 });
    expect(seen.requestRate).toBe(200);
    expect(seen.demand).toBe(1);
    expect(seen).toMatchObject({ reporting: 2, fresh: true, saturated: false, stalenessMs: 500, refused: {} });
  });

  it('extrapolates from reporting servers to all', () => {
    const seen = look([sample('a', { cpu: 50, requestRate: 80 })]);
    expect(seen.requestRate).toBe(160);
    expect(seen.demand).toBe(1);
  });

  it('has no values for a silent cluster', () => {
    expect(look([])).toMatchObject({
      cpu: null,
      memory: null,
      requestRate: null,
      demand: null,
      stalenessMs: null,
      fresh: false,
    });
  });

  it.each([
    [10, 10, true, 0],
    [10, 9, true, 1],
    [10, 8, false, 2],
    [10, 5, false, 5],
    [5, 4, false, 1],
    [1, 1, true, 0],
    [1, 0, false, 1],
  ])('of %i servers %i that report are enough for a removal: %s', (active, heard, fresh, silent) => {
    const servers = fleet(active);
    const seen = look(
      servers.slice(0, heard).map(({ id }) => sample(id)),
      servers,
    );
    expect(seen).toMatchObject({ reporting: heard, fresh, silent });
  });

  it('does not count a server as silent that has just become active', () => {
    const servers: Server[] = [
      { id: 'a', state: 'ACTIVE', activeAt: NOW - 600_000 },
      { id: 'b', state: 'ACTIVE', activeAt: NOW - 29_000 },
      { id: 'c', state: 'ACTIVE', activeAt: NOW - 31_000 },
    ];
    expect(look([sample('a')], servers)).toMatchObject({ reporting: 1, silent: 1, fresh: false });
  });

  it('is saturated if half of the servers are full, and counts those', () => {
    const of = (...cpus: number[]) => {
      const servers = fleet(cpus.length);
      return look(
        servers.map(({ id }, index) => sample(id, { cpu: cpus[index]! })),
        servers,
      );
    };
    expect(of(99, 98)).toMatchObject({ saturated: true, full: 2 });
    expect(of(97, 97)).toMatchObject({ saturated: false, full: 0 });
    expect(of(130, 130, 20, 20)).toMatchObject({ saturated: true, full: 2 });
    expect(of(99, 20, 20)).toMatchObject({ saturated: false, full: 1 });
  });

  it.each([
    ['not_a_number', { at: Number.NaN }],
    ['in_the_future', { at: NOW + 60_000 }],
    ['stale', { at: NOW - 31_000 }],
  ])('rejects a sample that is %s: %j', (reason, change) => {
    const seen = look([sample('a', change), sample('b')]);
    expect(seen).toMatchObject({ refused: { [reason]: 1 }, refusedBy: {}, reporting: 1 });
  });

  it('treats tiny values as zero, and accepts a higher limit of CPU', () => {
    const tiny = look([sample('a', { cpu: 1e-300, memory: 1e-40, requestRate: 1e-300 })]);
    expect(tiny).toMatchObject({ refused: {}, samples: [{ cpu: 0, memory: 0, requestRate: 0 }] });
    const servers = [{ id: 'a', state: 'ACTIVE' }] as const;
    const samples = [sample('a', { cpu: 1e300 })];
    const huge = observe({ now: NOW, intervalMs: 10_000, servers, samples, maxCpuPercent: Number.MAX_VALUE });
    expect(huge).toMatchObject({ cpu: null, refusedBy: { cpu: 1 } });
  });

  it.each([
    ['cpu', 'not_a_number', { cpu: Number.NaN }],
    ['cpu', 'out_of_range', { cpu: -1 }],
    ['cpu', 'out_of_range', { cpu: 401 }],
    ['memory', 'not_a_number', { memory: Number.NaN }],
    ['memory', 'out_of_range', { memory: 101.5 }],
    ['request_rate', 'not_a_number', { requestRate: Number.POSITIVE_INFINITY }],
    ['request_rate', 'out_of_range', { requestRate: -5 }],
    ['request_rate', 'out_of_range', { requestRate: 1e300 }],
  ] as const)('rejects only %s that is %s, and uses the rest: %j', (metric, reason, change) => {
    const seen = look([sample('a', change), sample('b')]);
    expect(seen.refused).toEqual({ [reason]: 1 });
    expect(seen.refusedBy).toEqual({ [metric]: 1 });
    expect(seen.reporting).toBe(2);
    expect(seen.reportingBy).toEqual({ cpu: 2, memory: 2, request_rate: 2, [metric]: 1 });
    expect(seen.samples[0]).toMatchObject({ ...sample('a'), ...nulled(change) });
    // The remaining values are the other server's.
    expect(seen).toMatchObject({ cpu: { mean: 40 }, memory: { mean: 30 }, requestRate: 200, demand: 0.8 });
  });

  it.each([
    ['cpu', { cpu: null }],
    ['memory', { memory: null }],
    ['request_rate', { requestRate: null }],
  ] as const)('has unknown %s if it is missing, and rejects nothing', (metric, change) => {
    const seen = look([sample('a', change), sample('b', change)]);
    expect(seen).toMatchObject({ refused: {}, refusedBy: {}, reporting: 2, fresh: true });
    expect(seen.reportingBy[metric]).toBe(0);
    expect({ cpu: seen.cpu, memory: seen.memory, request_rate: seen.requestRate }[metric]).toBeNull();
    expect(seen.demand).toBe(metric === 'cpu' ? null : 0.8);
  });

  it('treats a sample without any value as silence', () => {
    const seen = look([sample('a', { cpu: null, memory: null, requestRate: null }), sample('b')]);
    expect(seen).toMatchObject({ reporting: 1, silent: 1, refused: {} });
  });

  it('treats CPU above 100 % as full, up to a limit', () => {
    const seen = look([sample('a', { cpu: 104 }), sample('b', { cpu: 20 })]);
    expect(seen).toMatchObject({ cpu: { mean: 60, max: 104 }, demand: 1.2, full: 1, refused: {} });
    expect(seen.samples[0]).toMatchObject({ cpu: 104 });
    const eight = { now: NOW, intervalMs: 10_000, servers: SERVERS, samples: [sample('a', { cpu: 790 }), sample('b')] };
    expect(observe(eight).refusedBy).toEqual({ cpu: 1 });
    expect(observe({ ...eight, maxCpuPercent: 800 })).toMatchObject({ refusedBy: {}, full: 1 });
  });

  it('rejects samples of inactive servers, and all but the newest of each server', () => {
    const seen = look([sample('a'), sample('a', { at: NOW - 100, cpu: 70 }), sample('p'), sample('x'), sample('b')]);
    expect(seen.refused).toEqual({ duplicate: 1, unknown_server: 2 });
    expect(seen.cpu).toEqual({ mean: 55, max: 70 });
  });

  it('tolerates rounding, and clocks slightly ahead', () => {
    expect(look([sample('a', { cpu: 100.4, at: NOW + 2000 })]).refused).toEqual({});
  });

  it.each([
    ['recent', { at: NOW - 1000, requestRate: 900 }, 900],
    ['zero', { at: NOW, requestRate: 0 }, 0],
    ['old', { at: NOW - 31_000, requestRate: 900 }, null],
    ['ahead of time', { at: NOW + 60_000, requestRate: 900 }, null],
    ['absurd', { at: NOW, requestRate: -1 }, null],
    ['unknown', { at: NOW, requestRate: null }, null],
  ])('passes on totals that are recent and plausible, even without servers: %s', (_name, totals, requestRate) => {
    const seen = observe({ now: NOW, intervalMs: 10_000, servers: [], samples: [], totals });
    expect(seen.totals?.requestRate ?? null).toBe(requestRate);
  });
});

describe('what users see', () => {
  const measuredIn = (measured: StatedMeasured | null) =>
    observe({ now: NOW, intervalMs: 10_000, servers: [], samples: [], measured }).measured;

  it.each([
    ['known', { requestRate: 200, badRate: 3 }, { requestRate: 200, badRate: 3 }],
    ['nothing slow or failed', { requestRate: 200, badRate: 0 }, { requestRate: 200, badRate: 0 }],
    ['no requests', { requestRate: 0, badRate: 0 }, { requestRate: 0, badRate: 0 }],
    ['more than requests', { requestRate: 2, badRate: 3 }, { requestRate: 2, badRate: null }],
    ['NaN', { requestRate: 200, badRate: Number.NaN }, { requestRate: 200, badRate: null }],
    ['infinite', { requestRate: Infinity, badRate: Infinity }, { requestRate: null, badRate: null }],
    ['negative', { requestRate: -1, badRate: -1 }, { requestRate: null, badRate: null }],
    ['no requests known', { requestRate: null, badRate: 3 }, { requestRate: null, badRate: 3 }],
  ])('is what the source counts, and unknown where that cannot be: %s', (_name, stated, measured) => {
    expect(measuredIn({ at: NOW - 1000, ...stated })).toEqual(measured);
  });

  it('is absent where the source counts none, or said nothing recently', () => {
    expect(measuredIn(null)).toBeUndefined();
    expect(measuredIn({ at: NOW - 31_000, requestRate: 200, badRate: 3 })).toBeUndefined();
    expect(measuredIn({ at: NOW + 60_000, requestRate: 200, badRate: 3 })).toBeUndefined();
  });
});

describe('servers that are warming up', () => {
  const young: Server = { id: 'b', state: 'ACTIVE', activeAt: NOW - 20_000 };
  const old: Server = { id: 'a', state: 'ACTIVE', activeAt: NOW - 600_000 };
  const see = (servers: readonly Server[], samples: readonly Sample[], warmupMs = 60_000) =>
    observe({ now: NOW, intervalMs: 10_000, warmupMs, servers, samples });

  it('are left out of CPU and memory, while their requests count', () => {
    const seen = see([old, young], [sample('a', { cpu: 30 }), sample('b', { cpu: 100, memory: 90 })]);
    expect(seen).toMatchObject({ warming: 1, full: 0, reporting: 2, fresh: true, saturated: false });
    expect(seen).toMatchObject({ cpu: { mean: 30, max: 30 }, memory: { mean: 30 }, requestRate: 200, demand: 0.6 });
    expect(seen.samples.map(({ warming }) => warming)).toEqual([undefined, true]);
  });

  it('are past it at a certain age', () => {
    const samples = [sample('a', { cpu: 30 }), sample('b', { cpu: 50 })];
    const aged = (ms: number) => see([old, { ...young, activeAt: NOW - 1000 - ms }], samples);
    expect(aged(59_000).cpu!.mean).toBe(30);
    expect(aged(60_000).cpu!.mean).toBe(40);
  });

  it('count if no other server reports, and hide nothing', () => {
    const seen = see([old, young], [sample('b', { cpu: 100 })]);
    expect(seen).toMatchObject({ cpu: { mean: 100 }, saturated: false, warming: 1 });
  });

  it('are none if the age is unknown', () => {
    expect(see([old, { id: 'b', state: 'ACTIVE' }], [sample('a'), sample('b', { cpu: 100 })]).cpu!.mean).toBe(70);
  });
});

describe('servers that became active after the samples', () => {
  const old = fleet(4);
  const since = (id: string, activeAt: number): Server => ({ id, state: 'ACTIVE', activeAt });
  const see = (servers: readonly Server[], warmupMs = 0) =>
    observe({
      now: NOW,
      intervalMs: 10_000,
      warmupMs,
      servers,
      samples: old.map(({ id }) => sample(id, { cpu: 95, at: NOW - 12_000 })),
    });

  it('took none of the load in them', () => {
    const grown = [...old, ...Array.from({ length: 12 }, (_, index) => since(`new${index}`, NOW - 11_999))];
    expect(see(grown)).toMatchObject({ loaded: 4, requestRate: 400, demand: 3.8, fresh: false });
    expect(see(grown, 60_000)).toMatchObject({ loaded: 4, warming: 0 });
  });

  it('count from the time of the newest sample on, though they have not reported yet', () => {
    expect(see([...old, since('new', NOW - 12_000)])).toMatchObject({ loaded: 5, demand: 4.75 });
  });

  it('took a part at most if they became active within the period of a late source', () => {
    const since40 = [...old, since('new', NOW - 40_000)];
    const look40 = (ms: number) =>
      observe({
        now: NOW,
        intervalMs: 10_000,
        servers: since40,
        samples: old.map(({ id }) => sample(id, { cpu: 95, at: NOW })),
        late: { ms, servers: null },
      });
    expect(look40(60_000)).toMatchObject({ loaded: 4, demand: 3.8 });
    expect(look40(30_000)).toMatchObject({ loaded: 5, demand: 4.75 });
  });

  it('count if they have reported', () => {
    const all = old.map(({ id }) => since(id, NOW - 1000));
    expect(see(all)).toMatchObject({ loaded: 4, demand: 3.8 });
  });
});
