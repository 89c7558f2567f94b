import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type Call,
  type ProviderCluster,
  ProviderError,
  type ProviderErrorCode,
  type ProviderState,
  type Reading,
  type Readings,
} from '../src/sdk/index.js';
import { MeasuredSession } from '../src/session/measured.session.js';
import { type ResilienceOptions, ResilientSession } from '../src/session/resilient.session.js';
import type { WholeSession } from '../src/session/whole-session.js';
import { countedMetrics } from './silent-metrics.js';

const TIMEOUT_MS = 2000;
const BREAK_MS = 15_000;
const BREAK_AFTER = 3;
const READING: Reading = {
  at: 0,
  servers: [{ id: 'a', state: 'ACTIVE' }],
  samples: [{ serverId: 'a', at: 0, cpu: 50, memory: 40, requestRate: 10 }],
};

const A: ProviderCluster = { id: 'a', target: {}, metrics: {}, fence: null };
const B: ProviderCluster = { ...A, id: 'b' };

/** `hang` ends with its signal, with an error for its cluster; `abort` throws then; `deaf` hangs, regardless of its signal. */
type Deed = ProviderErrorCode | 'ok' | 'hang' | 'abort' | 'deaf' | 'no_samples';

/** Follows a script for each cluster, and repeats its last deed. */
class ScriptedSession implements WholeSession {
  readonly asked: { readonly ids: readonly string[]; readonly at: number }[] = [];
  private readonly scripts = new Map<string, Deed[]>();

  does({ id }: ProviderCluster, ...script: Deed[]): void {
    this.scripts.set(id, script);
  }

  times({ id }: ProviderCluster): number[] {
    return this.asked.filter(({ ids }) => ids.includes(id)).map(({ at }) => at);
  }

  async read(clusters: readonly ProviderCluster[], call: Call): Promise<Readings> {
    this.asked.push({ ids: clusters.map(({ id }) => id), at: Date.now() });
    return new Map(await Promise.all(clusters.map(async ({ id }) => [id, await this.doNext(id, call)] as const)));
  }

  async setDesired({ id }: ProviderCluster, desired: number, call: Call): Promise<ProviderState> {
    this.asked.push({ ids: [id], at: Date.now() });
    const outcome = await this.doNext(id, call);
    if (outcome instanceof ProviderError) throw outcome;
    return { servers: [], desired };
  }

  async close(): Promise<void> {}

  private async doNext(id: string, { signal }: Call): Promise<Reading | ProviderError> {
    const script = this.scripts.get(id) ?? ['ok'];
    const next = (script.length > 1 ? script.shift() : script[0]) ?? 'ok';
    if (next === 'ok') return READING;
    if (next === 'no_samples') return { ...READING, samples: new ProviderError('unreachable', 'the source is away') };
    if (next === 'deaf') return new Promise(() => undefined);
    if (next !== 'hang' && next !== 'abort') return new ProviderError(next, `it is ${next}`);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        if (next === 'hang') resolve(new ProviderError('unreachable', 'no answer in time'));
        else reject(new Error('This operation was aborted'));
      });
    });
  }
}

describe('a resilient session', () => {
  let inner: ScriptedSession;
  const never = new AbortController().signal;

  beforeEach(() => {
    jest.useFakeTimers();
    inner = new ScriptedSession();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function resilient(retries = 0, options: Partial<ResilienceOptions> = {}): ResilientSession {
    const patience = { timeoutMs: TIMEOUT_MS, retries };
    return new ResilientSession(inner, {
      reading: patience,
      scaling: patience,
      breakAfter: BREAK_AFTER,
      breakMs: BREAK_MS,
      connections: 64,
      ...options,
    });
  }

  /** Lets time pass, but only as much as the work needs. */
  async function finished<T>(work: Promise<T>): Promise<T> {
    const progress = { done: false };
    const end = (): void => {
      progress.done = true;
    };
    work.then(end, end);
    while (!progress.done) await jest.advanceTimersByTimeAsync(1);
    return work;
  }

  async function read(session: WholeSession, cluster: ProviderCluster): Promise<Reading | ProviderError | undefined> {
    return (await finished(session.read([cluster], { signal: never }))).get(cluster.id);
  }

  const codeOf = (outcome: Reading | ProviderError | undefined): string =>
    outcome instanceof ProviderError ? outcome.code : 'ok';

  async function breakCircuitOf(session: ResilientSession, cluster: ProviderCluster): Promise<void> {
    inner.does(cluster, 'unreachable');
    for (let count = 0; count < BREAK_AFTER; count += 1) await read(session, cluster);
  }

  it('brings what was read, and leaves no timer behind', async () => {
    expect(await read(resilient(), A)).toBe(READING);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['hang', 0.9 * TIMEOUT_MS],
    ['abort', 0.9 * TIMEOUT_MS],
    ['deaf', TIMEOUT_MS],
  ] as const)('ends in time when a session does %s', async (deed, afterMs) => {
    inner.does(A, deed);
    const start = Date.now();
    expect(await read(resilient(3), A)).toMatchObject({ code: 'unreachable', message: 'no answer in time' });
    expect(Date.now() - start).toBe(afterMs);
    expect(inner.asked).toHaveLength(1);
  });

  it('sends no request if the signal is aborted already', async () => {
    const signal = AbortSignal.abort();
    const session = resilient();
    const readings = await session.read([A], { signal });
    expect(codeOf(readings.get('a'))).toBe('unreachable');
    await expect(session.setDesired(A, 3, { signal })).rejects.toMatchObject({ code: 'unreachable' });
    expect(inner.asked).toEqual([]);
  });

  it('tries again after a stumble', async () => {
    inner.does(A, 'unreachable', 'throttled', 'ok');
    expect(await read(resilient(2), A)).toBe(READING);
    expect(inner.asked).toHaveLength(3);
  });

  it('tries no more often than it may', async () => {
    inner.does(A, 'unreachable');
    expect(await read(resilient(1), A)).toMatchObject({ message: 'it is unreachable' });
    expect(inner.asked).toHaveLength(2);
  });

  it('tries again where only a half was not answered, and keeps the other in the end', async () => {
    inner.does(A, 'no_samples');
    const reading = await read(resilient(1), A);
    expect(inner.asked).toHaveLength(2);
    expect(reading).toMatchObject({ servers: READING.servers, samples: { code: 'unreachable' } });
  });

  it('retries only clusters without an answer', async () => {
    inner.does(A, 'unreachable', 'ok');
    inner.does(B, 'refused');
    const readings = await finished(resilient(2).read([A, B], { signal: never }));
    expect(inner.asked.map(({ ids }) => ids)).toEqual([['a', 'b'], ['a']]);
    expect(readings.get('a')).toBe(READING);
    expect(codeOf(readings.get('b'))).toBe('refused');
  });

  it('keeps what came in time of many', async () => {
    inner.does(A, 'ok');
    inner.does(B, 'unreachable', 'deaf');
    const readings = await finished(resilient(1).read([A, B], { signal: never }));
    expect([codeOf(readings.get('a')), codeOf(readings.get('b'))]).toEqual(['ok', 'unreachable']);
  });

  it('blinds none that is read together with one whose query hangs', async () => {
    const session = resilient(2);
    inner.does(B, 'hang');
    for (let count = 0; count < 2 * BREAK_AFTER; count += 1) {
      const readings = await finished(session.read([A, B], { signal: never }));
      expect(readings.get('a')).toBe(READING);
      expect(codeOf(readings.get('b'))).not.toBe('ok');
    }
    expect(session.circuit).toBe('closed');
  });

  it('waits for times that differ, so that many do not come back at once', async () => {
    const session = resilient(1, { breakAfter: 1000 });
    const clusters = Array.from({ length: 40 }, (_, index): ProviderCluster => ({ ...A, id: `many-${index}` }));
    for (const cluster of clusters) inner.does(cluster, 'unreachable', 'ok');
    await finished(Promise.all(clusters.map(async (cluster) => session.read([cluster], { signal: never }))));
    const waits = clusters.map((cluster) => {
      const [first = 0, second = 0] = inner.times(cluster);
      return second - first;
    });
    expect(new Set(waits).size).toBeGreaterThan(5);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(500);
  });

  it('has no more requests under way than it may, and lets the others wait without losing their time', async () => {
    const session = resilient(0, { connections: 2, breakAfter: 1000 });
    const clusters = ['a', 'b', 'c'].map((id) => ({ ...A, id }));
    for (const cluster of clusters) inner.does(cluster, 'deaf');
    await finished(Promise.all(clusters.map(async (cluster) => session.read([cluster], { signal: never }))));
    const [first, second, third] = inner.asked.map(({ at }) => at);
    expect(second).toBe(first);
    expect(third).toBe(first! + TIMEOUT_MS);
  });

  it('leaves an attempt to scale that hangs time for another', async () => {
    inner.does(A, 'deaf', 'ok');
    const start = Date.now();
    expect(await finished(resilient(1).setDesired(A, 3, { signal: never }))).toMatchObject({ desired: 3 });
    expect(Date.now() - start).toBeLessThan(TIMEOUT_MS);
    expect(inner.asked).toHaveLength(2);
  });

  it.each(['not_found', 'invalid', 'refused', 'unauthorized'] as const)('takes %s for an answer', async (code) => {
    const session = resilient(2);
    inner.does(A, code);
    for (let count = 0; count <= BREAK_AFTER; count += 1) expect(codeOf(await read(session, A))).toBe(code);
    await expect(finished(session.setDesired(A, 3, { signal: never }))).rejects.toMatchObject({ code });
    expect(inner.asked).toHaveLength(BREAK_AFTER + 2);
    expect(session.circuit).toBe('closed');
  });

  describe('whose connection is down', () => {
    it('leaves it alone with all its clusters, for reads and for scaling', async () => {
      const session = resilient();
      inner.does(B, 'unreachable');
      await read(session, B);
      await breakCircuitOf(session, A);
      expect(session.circuit).toBe('open');
      expect(codeOf(await read(session, B))).toBe('circuit_open');
      await expect(session.setDesired(B, 3, { signal: never })).rejects.toMatchObject({ code: 'circuit_open' });
      expect(inner.times(B)).toHaveLength(1);
    });

    it('opens its circuit by failures in a row only', async () => {
      const session = resilient();
      inner.does(A, 'unreachable', 'unreachable', 'ok', 'unreachable', 'unreachable', 'ok');
      for (let count = 0; count < 6; count += 1) await read(session, A);
      expect(session.circuit).toBe('closed');
    });

    it('counts a cluster as answered of which one half is', async () => {
      const session = resilient();
      inner.does(A, 'no_samples');
      for (let count = 0; count < 2 * BREAK_AFTER; count += 1) await read(session, A);
      expect(session.circuit).toBe('closed');
    });

    it('blinds none whose own requests are answered, and counts a read once however often it is retried', async () => {
      const session = resilient(2);
      const sick = Array.from({ length: 8 }, (_, index): ProviderCluster => ({ ...A, id: `sick-${index}` }));
      const well = Array.from({ length: 40 }, (_, index): ProviderCluster => ({ ...A, id: `well-${index}` }));
      for (const cluster of sick) inner.does(cluster, 'unreachable');
      for (let round = 0; round < 10; round += 1) {
        const all = [...sick, ...well].map(async (cluster) => session.read([cluster], { signal: never }));
        const answered = (await finished(Promise.all(all))).filter((readings) => [...readings.values()][0] === READING);
        expect(answered).toHaveLength(well.length);
      }
      expect(session.circuit).toBe('closed');
    });

    it('tries it once for each cluster after a while, and is well again when one of them is answered', async () => {
      const session = resilient();
      inner.does(B, 'unreachable', 'ok');
      await read(session, B);
      await breakCircuitOf(session, A);
      await jest.advanceTimersByTimeAsync(BREAK_MS - 100);
      expect(codeOf(await read(session, A))).toBe('circuit_open');
      await jest.advanceTimersByTimeAsync(100);
      expect(codeOf(await read(session, A))).toBe('unreachable');
      expect(await read(session, B)).toBe(READING);
      expect(session.circuit).toBe('closed');
    });
  });

  it('tells Prometheus why there are no samples, and how calls ended', async () => {
    const { metrics, failures, requests } = countedMetrics();
    const session = new MeasuredSession(resilient(), 'scripted', metrics);
    const noMetrics = { ...B, metrics: null };
    inner.does(A, 'no_samples', 'not_found', 'ok');
    inner.does(B, 'refused');
    for (let count = 0; count < 3; count += 1) await read(session, A);
    await read(session, noMetrics);
    await finished(session.setDesired(A, 3, { signal: never }));
    await expect(finished(session.setDesired(B, 3, { signal: never }))).rejects.toMatchObject({ code: 'refused' });
    const counted = (await failures.get()).values.map(({ labels, value }) => [labels['reason'], value]);
    expect(counted).toEqual([
      ['unreachable', 1],
      ['not_found', 1],
    ]);
    const calls = (await requests.get()).values.filter(({ metricName }) => metricName === 'requests_count');
    expect(calls.map(({ labels: { type: _type, ...labels }, value }) => ({ ...labels, value }))).toEqual([
      { operation: 'read', outcome: 'ok', value: 2 },
      { operation: 'read', outcome: 'not_found', value: 1 },
      { operation: 'read', outcome: 'refused', value: 1 },
      { operation: 'set_desired', outcome: 'ok', value: 1 },
      { operation: 'set_desired', outcome: 'refused', value: 1 },
    ]);
  });
});
