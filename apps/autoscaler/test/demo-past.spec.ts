import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller } from '#auth';
import type { BacktestService } from '#backtests';
import type { Cluster, ClusterRepository } from '#clusters';
import { configOf } from '#config';
import { ManualClock } from '#config/testing';
import { type Policy, type StoredModel, TARGET_TRACKING_DEFAULTS } from '#engine';
import type { ModelAdoption, PastTick, PastWriter } from '#scaler';
import { DemoPast } from '../src/demo/past/demo-past.js';

const MINUTE_MS = 60_000;
const MINUTES = 14 * 1440;
const CALLER: Caller = { id: 'u', username: 'demo', role: 'operator', scope: 'own', ip: 'local' };
type BacktestDto = Awaited<ReturnType<BacktestService['create']>>;
/** Within a minute: the last one of the past ends before it. */
const UNTIL = Date.parse('2026-11-30T08:00:20.500Z');
const LAST_AT = Date.parse('2026-11-30T08:00:00Z');
const FIRST_AT = LAST_AT - (MINUTES - 1) * MINUTE_MS;
const HPA: Policy = {
  targetTracking: { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 60 }] },
  mode: 'act',
};
const SLO: Policy = { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' };

let simulator: Server;
let requests: string[];
let written: Map<string, PastTick[]>;
let stored: StoredModel | null;
let adopted: string[];
let requested: Map<string, Parameters<BacktestService['create']>[2]>;
/** Before which time scaling events were removed, by cluster. */
let removed: Map<string, number>;
let summarized: { readonly from: number; readonly to: number; readonly written: number }[];

/** What the demo needs of a simulator. */
beforeAll(async () => {
  simulator = createServer(({ url = '' }, response) => {
    requests.push(url);
    const isKnown = !url.startsWith('/clusters/unknown');
    const load = Array.from({ length: MINUTES }, (_, minute) => 400 + 100 * Math.sin(minute / 3));
    const described = { pattern: 'trace', capacity: 100, base_cpu: 50, base_memory: 40, variance: 3 };
    response.writeHead(isKnown ? 200 : 404).end(JSON.stringify(url.includes('/load') ? { load } : described));
  });
  await new Promise<void>((resolve) => simulator.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  simulator?.close();
  simulator?.closeAllConnections();
});
beforeEach(() => {
  [requests, written, stored, adopted, summarized, requested] = [[], new Map(), null, [], [], new Map()];
  removed = new Map();
});

interface Known {
  readonly policy?: Policy;
  readonly simulatedUntil?: number | null;
  /** Time of the last tick that an earlier start has written. */
  readonly lastAt?: number;
  /** Backtests that it has already. */
  readonly backtests?: number;
}

/** Plays the pasts of these clusters to their end. */
async function play(known: Readonly<Record<string, Known>>): Promise<void> {
  const clusters: Pick<ClusterRepository, 'find'> = {
    find: async (id) => {
      const { policy = HPA, simulatedUntil = UNTIL } = known[id]!;
      return { id, policy, bounds: { min: 2, max: 40 }, simulatedUntil } as Cluster;
    },
  };
  const writer: Pick<PastWriter, 'lastBefore' | 'write' | 'summarize' | 'removeEvents'> = {
    removeEvents: async (id, before) => {
      removed.set(id, before);
    },
    lastBefore: async (id) => known[id]!.lastAt ?? null,
    write: async (id, ticks, _leadTimeMs, model) => {
      written.set(id, [...(written.get(id) ?? []), ...ticks]);
      stored = model;
    },
    summarize: async (from, to) => {
      const ticks = [...written.values()].reduce((sum, { length }) => sum + length, 0);
      summarized.push({ from, to, written: ticks });
    },
  };
  const models: Pick<ModelAdoption, 'adopt'> = { adopt: async (id) => adopted.push(id) > 0 };
  const backtests: Pick<BacktestService, 'list' | 'create'> = {
    list: async (_caller, id) => ({ backtests: [], count: known[id]!.backtests ?? 0 }),
    create: async (_caller, id, request) => {
      requested.set(id, request);
      return {} as BacktestDto;
    },
  };
  const clock = new ManualClock();
  clock.time = UNTIL;
  const { port } = simulator.address() as AddressInfo;
  const config = configOf({ 'collector.simulator_url': `http://127.0.0.1:${port}` });
  const past = new DemoPast(
    clusters as ClusterRepository,
    writer as PastWriter,
    models as ModelAdoption,
    backtests as BacktestService,
    clock,
    config,
  );
  await past.begin(CALLER, Object.keys(known));
}

const timesOf = (id: string): number[] => (written.get(id) ?? []).map(({ observation }) => observation.at);

describe('the past of the demo', () => {
  it('has each minute of two weeks until the cluster was created, and a learned model in force', async () => {
    await play({ a: { policy: SLO } });
    expect(timesOf('a')).toEqual(Array.from({ length: MINUTES }, (_, minute) => FIRST_AT + minute * MINUTE_MS));
    expect(requests.at(-1)).toBe('/clusters/a/load?from=2026-11-16T08:01:00.000Z&to=2026-11-30T08:00:00.001Z&step=60s');
    // The last part says that the past is complete: all before it is summarized by then.
    const lastPart = LAST_AT - (240 - 1) * MINUTE_MS;
    expect(summarized).toEqual([
      { from: FIRST_AT, to: lastPart, written: MINUTES - 240 },
      { from: lastPart, to: LAST_AT + MINUTE_MS, written: MINUTES },
    ]);
    expect(stored!.minute).toBe(LAST_AT / MINUTE_MS);
    expect(adopted).toEqual(['a']);
    const to = new Date(UNTIL).toISOString();
    expect(requested.get('a')).toEqual({ from: '2026-11-23T08:00:20.500Z', to, provisioning: '2m' });
    const sampled = written.get('a')!.filter(({ observation }) => observation.samples.length > 0);
    expect(sampled).toHaveLength(120);
  });

  it('continues where an earlier start was stopped, with the same minutes', async () => {
    await play({ a: {}, b: { lastAt: LAST_AT - 100 * MINUTE_MS } });
    expect(timesOf('b')).toEqual(timesOf('a').slice(-100));
    expect(requested.size).toBe(0);
    expect(written.get('b')!.map(({ desired }) => desired)).toEqual(
      written
        .get('a')!
        .slice(-100)
        .map(({ desired }) => desired),
    );
  });

  it('gets a backtest although its start was stopped before, and only one', async () => {
    const complete = { policy: SLO, lastAt: LAST_AT };
    await play({ without: complete, with: { ...complete, backtests: 1 }, last: { lastAt: LAST_AT - MINUTE_MS } });
    expect([...requested.keys()]).toEqual(['without']);
  });

  it('is not played again, nor for a cluster that has none', async () => {
    await play({ complete: { policy: SLO, lastAt: LAST_AT }, other: { simulatedUntil: null } });
    expect(requested.size).toBe(0);
    expect(written.size).toBe(0);
    expect(requests).toEqual([]);
  });

  it('keeps its scaling events as long as decisions are kept', async () => {
    await play({ complete: { lastAt: LAST_AT }, other: { simulatedUntil: null } });
    expect([...removed]).toEqual([['complete', UNTIL - 90 * 1440 * MINUTE_MS]]);
  });

  it('that cannot be played leaves the others as they are', async () => {
    await play({ unknown: {}, a: {} });
    expect([...written.keys()]).toEqual(['a']);
  });
});
