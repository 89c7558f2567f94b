import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#config/testing';
import { PooledHttp } from '../src/http/pooled-http.js';
import { type ProviderCluster, type ProviderDefinition, type Session } from '../src/sdk/index.js';
import { conformanceCases, type Harness } from '../src/sdk/conformance/index.js';
import { MeasuredSession } from '../src/session/measured.session.js';
import { OpenedSession } from '../src/session/opened.session.js';
import { ResilientSession } from '../src/session/resilient.session.js';
import { simulatorProvider } from '../src/simulator/simulator.provider.js';
import { SimulatorSession } from '../src/simulator/simulator.session.js';
import { type Fault, InProcessSession } from './in-process.provider.js';
import { inProcessProvider } from './in-process.definition.js';
import { silentMetrics } from './silent-metrics.js';
import { startSimulatorStub } from './simulator-stub.js';

const FAULTS: Record<string, Fault> = {
  unreachable: { kind: 'unreachable' },
  refuse: { kind: 'refuse' },
  hang: { kind: 'hang' },
  partial: { kind: 'partial', granted: 1 },
};

interface Connected {
  readonly session: Session;
  readonly close?: () => Promise<void>;
}

/** @param connect how the session under test reaches the clusters of this process */
function conforms(
  name: string,
  provider: ProviderDefinition,
  connect: (inner: InProcessSession, clock: ManualClock) => Promise<Connected>,
): void {
  describe(name, () => {
    const start = async (): Promise<Harness> => {
      const clock = new ManualClock();
      const inner = new InProcessSession(clock);
      for (const id of ['web/1', 'web/2']) inner.add(id);
      const { session, close } = await connect(inner, clock);
      return {
        session,
        cluster: clusterOf('web/1'),
        other: clusterOf('web/2'),
        unknown: clusterOf('unknown'),
        makeable: { ...clusterOf('made'), target: { simulated: { servers: 3 } } },
        now: () => clock.now(),
        settle: async () => clock.advance(60_000),
        trouble: async (kind) => {
          const fault = FAULTS[kind] ?? null;
          inner.fail('web/1', kind === 'refuse' ? null : fault, fault);
        },
        close: async () => close?.(),
      };
    };
    for (const { name: must, run } of conformanceCases(provider, start)) it(must, run);
  });
}

function clusterOf(id: string): ProviderCluster {
  return { id, target: {}, metrics: {}, fence: null };
}

const inProcess = inProcessProvider(new InProcessSession(new ManualClock()));
const PATIENCE = { timeoutMs: 5000, retries: 1 };

conforms('the session in this process', inProcess, async (session) => ({ session }));

conforms('one that reads many at once', { ...inProcess, batching: true }, async (session) => ({ session }));

conforms('one with all that the service puts around it', inProcess, async (inner) => {
  const whole = new OpenedSession(async () => inner);
  const options = { reading: PATIENCE, scaling: PATIENCE, breakAfter: 100, breakMs: 1000, connections: 8 };
  const session = new MeasuredSession(new ResilientSession(whole, options), 'in_process', silentMetrics());
  return {
    session: {
      read: async (clusters, call) => session.read(clusters, call),
      setDesired: async (cluster, count, call) => session.setDesired(cluster, count, call),
      close: async () => session.close(),
    },
  };
});

for (const bringsBoth of [true, false]) {
  const release = bringsBoth ? 'the simulator' : 'a simulator of an earlier release';
  conforms(`the session of ${release}`, simulatorProvider('http://stub'), async (inner, clock) => {
    const stub = await startSimulatorStub(inner, bringsBoth);
    const http = new PooledHttp(2);
    const session = new SimulatorSession(stub.url, { http, clock });
    return {
      session,
      close: async () => {
        await http.close();
        await stub.close();
      },
    };
  });
}

describe('the cases of conformance', () => {
  it('fail with what is wrong', async () => {
    class Forgetful extends InProcessSession {
      override async setDesired(...asked: Parameters<InProcessSession['setDesired']>) {
        return { ...(await super.setDesired(...asked)), desired: 1 };
      }
    }
    const clock = new ManualClock();
    const cases = conformanceCases(inProcess, async () => {
      const session = new Forgetful(clock);
      session.add('web');
      return {
        session,
        cluster: clusterOf('web'),
        unknown: clusterOf('unknown'),
        now: () => clock.now(),
        settle: async () => clock.advance(60_000),
        trouble: async () => undefined,
        close: async () => undefined,
      };
    });
    const stated = cases.find(({ name }) => name === 'states the count that it is heading for');
    await expect(stated?.run()).rejects.toThrow('the stated count right after setDesired(4) must be 4, and is 1');
  });

  it('are those of the capabilities, and none that a provider cannot be given', () => {
    const { target, metrics, ...general } = inProcess;
    const namesOf = (provider: ProviderDefinition, without: 'hang'[] = []) =>
      conformanceCases(provider, async () => Promise.reject(new Error('not started')), { without }).map(
        ({ name }) => name,
      );
    const all = namesOf(inProcess);
    expect(namesOf({ ...general, metrics: metrics! })).not.toContain('scales down to a count');
    expect(namesOf({ ...general, target: target! })).not.toContain('counts totals over a window');
    expect(all.length - namesOf(inProcess, ['hang']).length).toBe(3);
  });
});
