import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { observe } from '../observe.js';
import type { Observation, Sample, Server, Totals } from '../types.js';
import { type DemandModel, estimateDemand, serversForWork } from './estimate.js';

const START = Date.UTC(2026, 0, 5);
const EVERY_MS = 10_000;

interface Look {
  readonly active: number;
  /** Percent; absent: the servers report nothing. */
  readonly cpu?: number;
  readonly demand?: number | null;
  readonly capacity?: number;
}

/** A cluster with a queue that is observed repeatedly. */
class Queue {
  learned: DemandModel | undefined;
  now = START;

  look({ active, cpu, demand, capacity }: Look): Observation {
    const servers = Array.from({ length: active }, (_, index): Server => ({ id: `s${index}`, state: 'ACTIVE' }));
    const samples: Sample[] =
      cpu === undefined
        ? []
        : servers.map(({ id }) => ({ serverId: id, at: this.now, cpu, memory: null, requestRate: null }));
    const totals: Totals = {
      at: this.now,
      requestRate: null,
      ...(demand === undefined ? {} : { demand }),
      ...(capacity === undefined ? {} : { capacity }),
    };
    const seen = observe({ now: this.now, intervalMs: EVERY_MS, servers, samples, totals });
    const { observation, learned } = estimateDemand(seen, servers, this.learned);
    this.learned = JSON.parse(JSON.stringify(learned)) as DemandModel;
    this.now += EVERY_MS;
    return observation;
  }
}

describe('demand from queued work', () => {
  it('is the work divided by the capacity of a server, with and without servers or CPU', () => {
    const queue = new Queue();
    const known = { demand: 4, bottleneck: 'work', saturated: false };
    expect(queue.look({ active: 2, demand: 40, capacity: 10 })).toMatchObject(known);
    expect(queue.look({ active: 0, demand: 40, capacity: 10 })).toMatchObject(known);
    expect(queue.look({ active: 2, cpu: 50, demand: 40, capacity: 10 })).toMatchObject(known);
  });

  it('is complete while servers are full, if the capacity is stated', () => {
    expect(new Queue().look({ active: 2, cpu: 100, demand: 40, capacity: 10 })).toMatchObject({
      demand: 4,
      saturated: false,
    });
  });

  it('is CPU if that is higher', () => {
    expect(new Queue().look({ active: 4, cpu: 75, demand: 5, capacity: 10 })).toMatchObject({
      demand: 3,
      bottleneck: 'cpu',
    });
    expect(new Queue().look({ active: 4, cpu: 100, demand: 5, capacity: 10 })).toMatchObject({
      bottleneck: 'cpu',
      saturated: true,
    });
  });

  it('learns the capacity of a server from CPU', () => {
    const queue = new Queue();
    expect(queue.look({ active: 2, demand: 48 }).demand).toBeNull();
    // A server at 100 % has 12 jobs under way.
    for (let tick = 0; tick < 40; tick += 1) {
      const cpu = 30 + (tick % 5) * 10;
      expect(queue.look({ active: 2, cpu, demand: (12 * 2 * cpu) / 100 }).bottleneck).not.toBe('request_rate');
    }
    expect(queue.look({ active: 2, cpu: 60, demand: 48 }).demand).toBeCloseTo(4, 5);
    expect(queue.look({ active: 0, demand: 48 }).demand).toBeCloseTo(4, 5);
    const totals = { at: queue.now, requestRate: null, demand: 24 };
    expect(serversForWork(totals, queue.learned, queue.now)).toBeCloseTo(2, 5);
    // A stated capacity takes precedence.
    expect(queue.look({ active: 2, cpu: 60, demand: 48, capacity: 6 }).demand).toBe(8);
  });

  it('does not learn from full servers, whose queue grows without limit', () => {
    const queue = new Queue();
    for (let tick = 0; tick < 40; tick += 1) queue.look({ active: 2, cpu: 100, demand: 100 * tick });
    expect(queue.learned?.work).toBeUndefined();
  });

  it.each([
    ['unknown', null],
    ['negative', -1],
    ['no number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
  ])('ignores work that is %s', (_name, demand) => {
    const seen = new Queue().look({ active: 2, demand, capacity: 10 });
    expect(seen).toMatchObject({ demand: null, totals: { demand: null } });
    expect(new Queue().look({ active: 2, cpu: 50, demand, capacity: 10 })).toMatchObject({ demand: 1 });
  });

  it('is absent if the source states none', () => {
    expect(new Queue().look({ active: 2, cpu: 50 }).totals).toBeNull();
  });

  it('is a plausible number, or unknown', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, 1e-300, 1e300, null));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, fc.nat(5), fc.option(fc.nat(100)))), (looks) => {
        const queue = new Queue();
        for (const [demand, capacity, active, cpu] of looks) {
          const look = { active, demand, ...(capacity === null ? {} : { capacity }), ...(cpu === null ? {} : { cpu }) };
          const seen = queue.look(look);
          expect(seen.demand === null || (seen.demand >= 0 && seen.demand <= 20_000)).toBe(true);
        }
      }),
    );
  });
});
