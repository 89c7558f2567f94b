import { describe, expect, it, jest } from '@jest/globals';
import { ManualClock } from '#config/testing';
import { ResilientScaleTarget } from '../src/endpoint/resilient.scale-target.js';
import { SimulatorHttp } from '../src/simulator/simulator.http.js';
import { SimulatorScaleTarget } from '../src/simulator/simulator.scale-target.js';
import { ProviderError } from '../src/ports/scale-target.js';
import type { ScaleTarget, TargetCluster } from '../src/ports/scale-target.js';
import { InProcessScaleTarget } from './in-process.scale-target.js';
import type { Fault } from './in-process.scale-target.js';
import { describeScaleTarget } from './scale-target.conformance.js';
import type { ScaleTargetHarness } from './scale-target.conformance.js';
import { startSimulatorStub } from './simulator-stub.js';

const CLUSTER: TargetCluster = { id: 'web/1', provider: { type: 'simulator' } };
const FAULTS: Record<string, Fault> = {
  unreachable: { kind: 'unreachable' },
  refuse: { kind: 'refuse' },
  hang: { kind: 'hang' },
  partial: { kind: 'partial', granted: 1 },
};

describeScaleTarget('the in-process target', async () => harness(async (inner) => ({ target: inner })));

describeScaleTarget('the simulator target', async () => harness(overHttp));

describeScaleTarget('a resilient target', async () =>
  harness(async (inner) => ({
    target: new ResilientScaleTarget(inner, {
      reading: { timeoutMs: 5000, retries: 1 },
      asking: { timeoutMs: 5000, retries: 1 },
      retryDelayMs: 1,
      breakAfter: 100,
      breakMs: 1000,
      connections: 8,
    }),
  })),
);

describe('a resilient target', () => {
  it('asks nobody once it was told to give up', async () => {
    const inner = new InProcessScaleTarget(new ManualClock());
    inner.add(CLUSTER.id);
    const patience = { timeoutMs: 60_000, retries: 0 };
    const options = {
      reading: patience,
      asking: patience,
      retryDelayMs: 1,
      breakAfter: 100,
      breakMs: 1000,
      connections: 8,
    };
    const target = new ResilientScaleTarget(inner, options);
    inner.fail(CLUSTER.id, { kind: 'hang' });
    const given = AbortSignal.abort();
    await expect(target.read(CLUSTER, given)).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(target.setDesired(CLUSTER, 3, given)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(inner.asked).toEqual([]);
  });
});

describe('the simulator target', () => {
  const simulated = { servers: 3, baseCpu: 50, baseMemory: 40, variance: 2 };
  const made: TargetCluster = { id: 'made', provider: { type: 'simulator', simulated } };
  const signal = new AbortController().signal;

  it('makes a cluster that the simulator does not know, where its definition says of what', async () => {
    const inner = new InProcessScaleTarget(new ManualClock());
    const { target, close } = await overHttp(inner);
    await target.ensure?.(made, signal);
    expect(inner.world(made.id).servers).toHaveLength(3);
    await target.setDesired(made, 5, signal);
    await target.ensure?.(made, signal);
    expect((await target.read(made, signal)).servers).toHaveLength(5);
    await close();
  });

  it('makes it again where a simulator forgot it', async () => {
    const { target, close } = await overHttp(new InProcessScaleTarget(new ManualClock()));
    expect((await target.read(made, signal)).servers).toHaveLength(3);
    await close();
  });

  it('tells in one line of some length what a provider says', async () => {
    const inner = new InProcessScaleTarget(new ManualClock());
    const { target, close } = await overHttp(inner);
    const said = `no\0quota\n${'x'.repeat(10_000)}`;
    jest.spyOn(inner, 'read').mockRejectedValueOnce(new ProviderError('refused', said));
    const error = await target.read(CLUSTER, signal).catch((thrown: unknown) => thrown);
    expect((error as ProviderError).message).toMatch(/^HTTP 409, no quota x{100,490}$/);
    await close();
  });

  it('makes it also when it is scaled before it was read', async () => {
    const { target, close } = await overHttp(new InProcessScaleTarget(new ManualClock()));
    expect((await target.setDesired(made, 5, signal)).servers).toHaveLength(5);
    await close();
  });
});

async function overHttp(inner: InProcessScaleTarget): Promise<{ target: ScaleTarget; close: () => Promise<void> }> {
  const stub = await startSimulatorStub(inner);
  const http = new SimulatorHttp({ url: stub.url, connections: 2 });
  const target = new SimulatorScaleTarget(http);
  return {
    target,
    close: async () => {
      await http.onApplicationShutdown();
      await stub.close();
    },
  };
}

async function harness(
  connect: (inner: InProcessScaleTarget) => Promise<{ target: ScaleTarget; close?: () => Promise<void> }>,
): Promise<ScaleTargetHarness> {
  const clock = new ManualClock();
  const inner = new InProcessScaleTarget(clock);
  inner.add(CLUSTER.id);
  const { target, close } = await connect(inner);
  return {
    target,
    cluster: CLUSTER,
    unknown: { ...CLUSTER, id: 'nobody' },
    settle: async () => clock.advance(60_000),
    trouble: async (kind) => {
      const fault = FAULTS[kind] ?? null;
      inner.fail(CLUSTER.id, kind === 'refuse' ? null : fault, fault);
    },
    close: async () => close?.(),
  };
}
