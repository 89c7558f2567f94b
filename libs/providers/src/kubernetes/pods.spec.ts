import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ApiRequest, KubernetesApi, WatchEvent } from './api-client.js';
import { NamespacePods } from './pods.js';

const T0 = Date.UTC(2026, 0, 5, 12);
const SELECTOR = 'app=web';

/** @param readySeconds after `T0`; `null`: not ready */
function pod(name: string, readySeconds: number | null, metadata: object = {}): object {
  const lastTransitionTime = new Date(T0 + 1000 * (readySeconds ?? 0)).toISOString();
  const conditions = [{ type: 'Ready', status: readySeconds === null ? 'False' : 'True', lastTransitionTime }];
  return { metadata: { name, labels: { app: 'web' }, ...metadata }, status: { phase: 'Running', conditions } };
}

/** An API server with a list of pods, whose watch a test feeds. */
class Stub implements Pick<KubernetesApi, 'get' | 'watch'> {
  private readonly events: WatchEvent[] = [];
  private wake: () => void = () => undefined;

  constructor(private readonly items: readonly object[]) {}

  async get<T>(): Promise<T> {
    return { metadata: { resourceVersion: '1' }, items: this.items } as T;
  }

  async *watch(_path: string, { signal }: ApiRequest, opened: () => void): AsyncGenerator<WatchEvent> {
    opened();
    signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!signal.aborted) {
      const event = this.events.shift();
      if (event !== undefined) yield event;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  send(type: WatchEvent['type'], object: object): void {
    this.events.push({ type, object });
    this.wake();
  }
}

describe('how many pods took load at a time', () => {
  let stub: Stub;
  let pods: NamespacePods;
  let now: number;
  const { signal } = new AbortController();
  beforeEach(async () => {
    now = T0 + 60_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    stub = new Stub([pod('a', 0), pod('b', 0), pod('c', 30), pod('d', null)]);
    pods = new NamespacePods(stub as unknown as KubernetesApi, 'prod', () => undefined);
    await pods.of(SELECTOR, signal);
  });
  afterEach(() => {
    pods.close();
    jest.restoreAllMocks();
  });

  const at = (seconds: number, aheadMs = 0): number => pods.activeAt(SELECTOR, T0 + 1000 * seconds, aheadMs);
  /** Sends an event `seconds` after `T0`, and waits until it has come. */
  const send = async (seconds: number, type: WatchEvent['type'], object: object, active: number): Promise<void> => {
    now = T0 + 1000 * seconds;
    stub.send(type, object);
    while (at(seconds) !== active) await new Promise((resolve) => setImmediate(resolve));
  };

  it('are those that were ready by then', () => {
    expect([29, 30, 60].map((seconds) => at(seconds))).toEqual([2, 3, 3]);
    expect(at(29, 1000)).toBe(3);
  });

  it.each<[string, WatchEvent['type'], object]>([
    ['is deleted', 'DELETED', pod('a', 0)],
    ['begins to drain', 'MODIFIED', pod('a', 0, { deletionTimestamp: new Date(T0 + 130_000).toISOString() })],
    ['is not ready any more', 'MODIFIED', pod('a', null)],
    ['leaves the selection', 'MODIFIED', pod('a', 0, { labels: { app: 'other' } })],
  ])('include one until it %s', async (_name, type, object) => {
    await send(100, type, object, 2);
    expect([99, 100].map((seconds) => at(seconds))).toEqual([3, 2]);
    // It is ready again: from now on, and until then.
    await send(120, 'MODIFIED', pod('a', 120), 3);
    expect([29, 99, 119, 120].map((seconds) => at(seconds))).toEqual([2, 3, 2, 3]);
  });

  it('are known for ten minutes', async () => {
    await send(100, 'DELETED', pod('a', 0), 2);
    await send(702, 'DELETED', pod('b', 0), 1);
    expect([99, 701].map((seconds) => at(seconds))).toEqual([2, 2]);
  });
});
