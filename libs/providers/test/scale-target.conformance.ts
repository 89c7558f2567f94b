import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countServers, ProviderError } from '../src/ports/scale-target.js';
import type { ScaleTarget, TargetCluster } from '../src/ports/scale-target.js';

/** A provider with one cluster of two active servers, and the means to trouble it. */
export interface ScaleTargetHarness {
  readonly target: ScaleTarget;
  readonly cluster: TargetCluster;
  /** A cluster that the provider does not know. */
  readonly unknown: TargetCluster;
  /** Lets time pass until nothing is being provisioned or drained. */
  settle(): Promise<void>;
  trouble(kind: 'unreachable' | 'refuse' | 'hang' | 'partial'): Promise<void>;
  close(): Promise<void>;
}

/** What every scale target must do, whatever stands behind it. */
export function describeScaleTarget(name: string, start: () => Promise<ScaleTargetHarness>): void {
  describe(`${name} is a scale target`, () => {
    let harness: ScaleTargetHarness;
    const signal = new AbortController().signal;
    const counts = async () => countServers((await harness.target.read(harness.cluster, signal)).servers);

    beforeEach(async () => {
      harness = await start();
    });
    afterEach(async () => harness.close());

    it('reads what stands there, and reading changes nothing', async () => {
      const first = await harness.target.read(harness.cluster, signal);
      expect(countServers(first.servers)).toEqual({ active: 2, provisioning: 0, draining: 0, total: 2 });
      expect(new Set(first.servers.map(({ id }) => id)).size).toBe(2);
      expect(await harness.target.read(harness.cluster, signal)).toEqual(first);
    });

    it('scales up to a count: at once provisioning, then active', async () => {
      const answer = await harness.target.setDesired(harness.cluster, 5, signal);
      expect(countServers(answer.servers)).toMatchObject({ active: 2, provisioning: 3 });
      await harness.settle();
      expect(await counts()).toMatchObject({ active: 5, provisioning: 0 });
    });

    it('scales down to a count', async () => {
      const answer = await harness.target.setDesired(harness.cluster, 1, signal);
      expect(countServers(answer.servers).total).toBe(1);
      await harness.settle();
      expect(await counts()).toEqual({ active: 1, provisioning: 0, draining: 0, total: 1 });
    });

    it('takes asking twice for asking once', async () => {
      const first = await harness.target.setDesired(harness.cluster, 4, signal);
      const second = await harness.target.setDesired(harness.cluster, 4, signal);
      expect(second.servers.map(({ id }) => id)).toEqual(first.servers.map(({ id }) => id));
    });

    it('keeps the names of servers that stay', async () => {
      const before = await harness.target.read(harness.cluster, signal);
      const after = await harness.target.setDesired(harness.cluster, 3, signal);
      expect(after.servers.map(({ id }) => id)).toEqual(expect.arrayContaining(before.servers.map(({ id }) => id)));
    });

    it('takes back what is still being provisioned first', async () => {
      await harness.target.setDesired(harness.cluster, 6, signal);
      const answer = await harness.target.setDesired(harness.cluster, 3, signal);
      expect(countServers(answer.servers)).toMatchObject({ active: 2, provisioning: 1 });
    });

    it('shows by its servers that only a part was granted', async () => {
      await harness.trouble('partial');
      const answer = await harness.target.setDesired(harness.cluster, 6, signal);
      expect(countServers(answer.servers).total).toBe(3);
    });

    it('refuses with a reason and changes nothing', async () => {
      await harness.trouble('refuse');
      const asking = harness.target.setDesired(harness.cluster, 6, signal);
      await expect(asking).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(/quota|no capacity/) as unknown,
      });
      expect(await counts()).toMatchObject({ total: 2 });
    });

    it('refuses whoever was replaced, even where his successor has only looked', async () => {
      await harness.target.setDesired(harness.cluster, 3, signal, 5);
      await harness.target.read(harness.cluster, signal, 6);
      await expect(harness.target.setDesired(harness.cluster, 4, signal, 5)).rejects.toMatchObject({ kind: 'refused' });
      await expect(harness.target.read(harness.cluster, signal, 5)).rejects.toMatchObject({ kind: 'refused' });
      expect(await counts()).toMatchObject({ total: 3 });
      await harness.target.setDesired(harness.cluster, 4, signal, 6);
      expect(await counts()).toMatchObject({ total: 4 });
    });

    it('says that a cluster is unknown', async () => {
      await expect(harness.target.read(harness.unknown, signal)).rejects.toMatchObject({ kind: 'refused' });
    });

    it('says that nobody answers', async () => {
      await harness.trouble('unreachable');
      await expect(harness.target.read(harness.cluster, signal)).rejects.toMatchObject({ kind: 'unreachable' });
      await expect(harness.target.setDesired(harness.cluster, 3, signal)).rejects.toBeInstanceOf(ProviderError);
    });

    it('gives up when it is told to', async () => {
      await harness.trouble('hang');
      const limit = new AbortController();
      const reading = harness.target.read(harness.cluster, limit.signal);
      const asking = harness.target.setDesired(harness.cluster, 3, limit.signal);
      limit.abort();
      await expect(reading).rejects.toMatchObject({ kind: 'unreachable' });
      await expect(asking).rejects.toMatchObject({ kind: 'unreachable' });
    });
  });
}
