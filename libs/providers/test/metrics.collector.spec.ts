import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Counter, Gauge } from 'prom-client';
import type { Sample } from '#engine';
import type { Collection } from '../src/ports/metric-source.js';
import { CollectorMetrics } from '../src/endpoint/collector.metrics.js';
import { MetricsCollector } from '../src/endpoint/metrics.collector.js';
import { MetricSource, type SourceCluster, SourceError, type SourceErrorKind } from '../src/ports/metric-source.js';

const TIMEOUT_MS = 2000;
const BREAK_MS = 15_000;
const BREAK_AFTER = 3;
const SAMPLES: readonly Sample[] = [{ serverId: 'a', at: 0, cpu: 50, memory: 40, requestRate: 10 }];
const NOTHING: Collection = { samples: [], totals: null, maxCpuPercent: null };
const COLLECTION: Collection = { samples: SAMPLES, totals: { at: 0, requestRate: 12 }, maxCpuPercent: null };

const A: SourceCluster = { id: 'a', provider: { type: 'simulator', url: 'http://one' } };
const B: SourceCluster = { id: 'b', provider: { type: 'simulator', url: 'http://one' } };
const ELSEWHERE: SourceCluster = { id: 'c', provider: { type: 'simulator', url: 'http://two' } };

/** Does in turn what it is told, for each cluster; what it does last it goes on doing. */
class ScriptedSource extends MetricSource {
  readonly asked: { readonly id: string; readonly at: number }[] = [];
  private readonly scripts = new Map<string, (SourceErrorKind | 'ok' | 'hang')[]>();

  does({ id }: SourceCluster, ...script: (SourceErrorKind | 'ok' | 'hang')[]): void {
    this.scripts.set(id, script);
  }

  times({ id }: SourceCluster): number[] {
    return this.asked.filter((asked) => asked.id === id).map(({ at }) => at);
  }

  endpointOf({ provider }: SourceCluster): string {
    return provider.url ?? '';
  }

  async collect({ id }: SourceCluster, signal: AbortSignal): Promise<Collection> {
    this.asked.push({ id, at: Date.now() });
    const script = this.scripts.get(id) ?? ['ok'];
    const next = script.length > 1 ? script.shift() : script[0];
    if (next === 'ok') return COLLECTION;
    if (next === 'hang') {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new SourceError('unreachable', 'no answer in time')));
      });
    }
    throw new SourceError(next ?? 'invalid', `it is ${next}`);
  }
}

describe('collecting', () => {
  let source: ScriptedSource;
  let failures: Counter;
  let breakers: Gauge;

  beforeEach(() => {
    jest.useFakeTimers();
    source = new ScriptedSource();
    failures = new Counter({ name: 'failures', help: '-', labelNames: ['reason'], registers: [] });
    breakers = new Gauge({ name: 'breakers', help: '-', registers: [] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function collector(retries = 0): MetricsCollector {
    return new MetricsCollector(
      source,
      { timeoutMs: TIMEOUT_MS, retries, breakAfter: BREAK_AFTER, breakMs: BREAK_MS, connections: 64 },
      new CollectorMetrics(failures, breakers),
    );
  }

  /** Lets time pass, but only as much as the work needs. */
  async function finished<T>(work: Promise<T>): Promise<T> {
    const progress = { done: false };
    void work.finally(() => {
      progress.done = true;
    });
    while (!progress.done) await jest.advanceTimersByTimeAsync(1);
    return work;
  }

  async function counted(): Promise<Record<string, number>> {
    const { values } = await failures.get();
    return Object.fromEntries(values.map(({ labels, value }) => [String(labels['reason']), value]));
  }

  const openNow = async (): Promise<number | undefined> => (await breakers.get()).values[0]?.value;

  async function breakEndpointOf(collecting: MetricsCollector, cluster: SourceCluster): Promise<void> {
    source.does(cluster, 'unreachable');
    for (let count = 0; count < BREAK_AFTER; count += 1) await finished(collecting.collect(cluster));
  }

  it('brings the samples', async () => {
    expect(await finished(collector().collect(A))).toEqual({ ...COLLECTION, error: null });
    expect(await counted()).toEqual({});
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends in time when nobody answers, and counts it', async () => {
    source.does(A, 'hang');
    const start = Date.now();
    expect(await finished(collector(3).collect(A))).toEqual({ ...NOTHING, error: 'no answer in time' });
    expect(Date.now() - start).toBe(TIMEOUT_MS);
    expect(source.asked).toHaveLength(1);
    expect(await counted()).toEqual({ unreachable: 1 });
  });

  it('tries again after a stumble', async () => {
    source.does(A, 'unreachable', 'unreachable', 'ok');
    expect(await finished(collector(2).collect(A))).toEqual({ ...COLLECTION, error: null });
    expect(source.asked).toHaveLength(3);
    expect(await counted()).toEqual({});
  });

  it('tries no more often than it may', async () => {
    source.does(A, 'unreachable');
    expect((await finished(collector(1).collect(A))).error).toBe('it is unreachable');
    expect(source.asked).toHaveLength(2);
  });

  it('waits for times that differ, so that many do not come back at once', async () => {
    const collecting = new MetricsCollector(
      source,
      { timeoutMs: TIMEOUT_MS, retries: 1, breakAfter: 1000, breakMs: BREAK_MS, connections: 64 },
      new CollectorMetrics(failures, breakers),
    );
    const clusters = Array.from({ length: 40 }, (_, index): SourceCluster => ({ ...A, id: `many-${index}` }));
    for (const cluster of clusters) source.does(cluster, 'unreachable', 'ok');
    await finished(Promise.all(clusters.map(async (cluster) => collecting.collect(cluster))));
    const waits = clusters.map((cluster) => {
      const [first = 0, second = 0] = source.times(cluster);
      return second - first;
    });
    expect(new Set(waits).size).toBeGreaterThan(5);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(500);
  });

  it.each(['unknown_cluster', 'invalid'] as const)('takes %s for an answer', async (kind) => {
    const collecting = collector(2);
    source.does(A, kind);
    for (let count = 0; count <= BREAK_AFTER; count += 1) {
      expect(await finished(collecting.collect(A))).toEqual({ ...NOTHING, error: `it is ${kind}` });
    }
    expect(source.asked).toHaveLength(BREAK_AFTER + 1);
    expect(collecting.openBreakers()).toEqual([]);
    expect(await counted()).toEqual({ [kind]: BREAK_AFTER + 1 });
  });

  describe('an endpoint that is down', () => {
    it('is left alone with all its clusters, and no other is', async () => {
      const collecting = collector();
      source.does(B, 'unreachable');
      await finished(collecting.collect(B));
      await breakEndpointOf(collecting, A);
      expect(collecting.openBreakers()).toEqual(['http://one']);
      expect(await openNow()).toBe(1);
      expect(await finished(collecting.collect(B))).toMatchObject({
        samples: [],
        error: 'circuit breaker open',
      });
      expect(source.times(B)).toHaveLength(1);
      expect((await finished(collecting.collect(ELSEWHERE))).error).toBeNull();
      expect(await counted()).toEqual({ unreachable: BREAK_AFTER, circuit_open: 2 });
    });

    it('opens its circuit by failures in a row only', async () => {
      const collecting = collector();
      source.does(A, 'unreachable', 'unreachable', 'ok', 'unreachable', 'unreachable', 'ok');
      for (let count = 0; count < 6; count += 1) await finished(collecting.collect(A));
      expect(collecting.openBreakers()).toEqual([]);
    });

    it('blinds nobody whose own requests are answered, and counts a collection once however often it is retried', async () => {
      const collecting = collector(2);
      const sick = Array.from({ length: 8 }, (_, index): SourceCluster => ({ ...A, id: `sick-${index}` }));
      const well = Array.from({ length: 40 }, (_, index): SourceCluster => ({ ...A, id: `well-${index}` }));
      for (const cluster of sick) source.does(cluster, 'unreachable');
      for (let round = 0; round < 10; round += 1) {
        const results = await finished(
          Promise.all([...sick, ...well].map(async (cluster) => collecting.collect(cluster))),
        );
        expect(results.filter(({ error }) => error === null)).toHaveLength(well.length);
      }
      expect(collecting.openBreakers()).toEqual([]);
    });

    it('is tried once for each cluster after a while, and is well again when one of them is answered', async () => {
      const collecting = collector();
      source.does(B, 'unreachable', 'ok');
      await finished(collecting.collect(B));
      await breakEndpointOf(collecting, A);
      await jest.advanceTimersByTimeAsync(BREAK_MS - 100);
      expect((await finished(collecting.collect(A))).error).toBe('circuit breaker open');
      await jest.advanceTimersByTimeAsync(100);
      expect((await finished(collecting.collect(A))).error).toBe('it is unreachable');
      expect((await finished(collecting.collect(B))).error).toBeNull();
      expect(collecting.openBreakers()).toEqual([]);
      expect(await openNow()).toBe(0);
    });
  });
});
