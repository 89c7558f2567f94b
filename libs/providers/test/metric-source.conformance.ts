import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type MetricSource, type SourceCluster, SourceError } from '../src/ports/metric-source.js';

/** A source that knows one cluster of three active servers and one that is being provisioned, and the means to trouble it. */
export interface MetricSourceHarness {
  readonly source: MetricSource;
  readonly cluster: SourceCluster;
  /** A cluster that the source does not know. */
  readonly unknown: SourceCluster;
  /** Milliseconds since the epoch as the source has them. */
  now(): number;
  trouble(kind: 'away' | 'in_distress' | 'hang'): Promise<void>;
  close(): Promise<void>;
}

/** What every metric source must do, whatever stands behind it. */
export function describeMetricSource(name: string, start: () => Promise<MetricSourceHarness>): void {
  describe(`${name} is a metric source`, () => {
    let harness: MetricSourceHarness;
    const { signal } = new AbortController();
    const collect = async (cluster = harness.cluster) => (await harness.source.collect(cluster, signal)).samples;

    beforeEach(async () => {
      harness = await start();
    });
    afterEach(async () => harness.close());

    it('has one sample of each active server, and of no other', async () => {
      const samples = await collect();
      expect(new Set(samples.map(({ serverId }) => serverId)).size).toBe(3);
      expect(samples).toHaveLength(3);
    });

    it('tells percent, requests per second, and the time at which it was so', async () => {
      const before = harness.now();
      const samples = await collect();
      const after = harness.now();
      for (const { at, cpu, memory, requestRate } of samples) {
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(after);
        for (const percent of [cpu, memory]) {
          expect(percent).not.toBeNull();
          // A share (0 to 1) instead of percent would be below.
          expect(percent).toBeGreaterThan(1);
          expect(percent).toBeLessThanOrEqual(100);
        }
        expect(requestRate).toBeGreaterThan(0);
      }
    });

    it('keeps the names of servers', async () => {
      const names = async () => (await collect()).map(({ serverId }) => serverId).sort();
      expect(await names()).toEqual(await names());
    });

    it('answers many at a time', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, async () => collect()));
      expect(answers.map(({ length }) => length)).toEqual(answers.map(() => 3));
    });

    it('says that it does not know a cluster', async () => {
      await expect(collect(harness.unknown)).rejects.toMatchObject({ kind: 'unknown_cluster' });
    });

    it.each(['away', 'in_distress'] as const)('is unreachable while it is %s', async (trouble) => {
      await harness.trouble(trouble);
      await expect(collect()).rejects.toMatchObject({ kind: 'unreachable' });
    });

    it('gives up when it is told to', async () => {
      await harness.trouble('hang');
      const limit = new AbortController();
      const collecting = harness.source.collect(harness.cluster, limit.signal);
      limit.abort();
      await expect(collecting).rejects.toBeInstanceOf(SourceError);
      await expect(collecting).rejects.toMatchObject({ kind: 'unreachable' });
    });

    it('begins nothing for one who has given up', async () => {
      await expect(harness.source.collect(harness.cluster, AbortSignal.abort())).rejects.toMatchObject({
        kind: 'unreachable',
      });
    });

    it('names the same endpoint for clusters that fail together', () => {
      const { source, cluster, unknown } = harness;
      expect(source.endpointOf(cluster)).toBe(source.endpointOf(unknown));
      const elsewhere: SourceCluster = { ...cluster, provider: { ...cluster.provider, url: 'http://127.0.0.1:9' } };
      expect(source.endpointOf(elsewhere)).not.toBe(source.endpointOf(cluster));
    });
  });
}
