import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Outbox } from './outbox.js';
import type { SentEvent } from './wire.js';

type Type = 'metrics' | 'cluster_state' | 'decision' | 'alert';

function event(type: Type, cluster: number, number: number): SentEvent {
  return { id: `a-${number}`, type, cluster_id: `cluster ${cluster}`, timestamp: '', data: {} } as unknown as SentEvent;
}

/** A connection that writes on command, like one with a slow reader. */
class SlowConnection {
  readonly written: SentEvent[] = [];
  readonly counts = { sent: 0, dropped: 0 };
  readonly outbox: Outbox;
  mostPending = 0;
  private buffer: SentEvent[] = [];

  constructor() {
    this.outbox = new Outbox(
      {
        full: () => this.buffer.length >= 256,
        send: (sent) => {
          this.buffer.push(sent);
          this.mostPending = Math.max(this.mostPending, this.buffer.length);
        },
      },
      this.counts,
    );
  }

  write(): void {
    this.written.push(...this.buffer);
    this.buffer = [];
    this.outbox.flush();
  }

  writeAll(): void {
    while (this.buffer.length > 0) this.write();
  }
}

/** The events of one run of the loop over this many clusters. */
function wake(clusters: number, number: number): SentEvent[] {
  return Array.from({ length: clusters }, (_, cluster) =>
    (['metrics', 'cluster_state', 'decision'] as const).map((type, index) =>
      event(type, cluster, number * 10_000 + cluster * 3 + index),
    ),
  ).flat();
}

describe('pending events of a client', () => {
  it.each([1, 500, 2000])(
    'are those of a run of %i clusters, in order, only a few of them encoded at a time',
    (clusters) => {
      const connection = new SlowConnection();
      const events = wake(clusters, 0);
      for (const each of events) expect(connection.outbox.push(each, clusters)).toBe(true);
      connection.writeAll();
      expect(connection.written).toEqual(events);
      expect(connection.mostPending).toBeLessThanOrEqual(256);
      expect(connection.counts).toEqual({ sent: events.length, dropped: 0 });
    },
  );

  it('lose only states replaced by newer ones if the client is slow', () => {
    const connection = new SlowConnection();
    const states = Array.from({ length: 40 }, (_, number) =>
      wake(100, number).filter(({ type }) => type !== 'decision'),
    );
    const alerts = Array.from({ length: 40 }, (_, number) => event('alert', 0, 1e9 + number));
    for (const [round, events] of states.entries()) {
      for (const each of [...events, ...alerts.slice(round, round + 1)]) {
        expect(connection.outbox.push(each, 100)).toBe(true);
      }
      expect(connection.outbox.size).toBeLessThanOrEqual(Outbox.room(100));
    }
    connection.writeAll();
    expect(connection.counts.dropped).toBeGreaterThan(0);
    expect(connection.counts.sent + connection.counts.dropped).toBe(40 * 200 + 40);
    expect(connection.written.filter(({ type }) => type === 'alert')).toEqual(alerts);
    for (const newest of states.at(-1) ?? []) expect(connection.written).toContain(newest);
  });

  it('are limited for a client that does not read', () => {
    const connection = new SlowConnection();
    let pushed = 0;
    while (connection.outbox.push(event('decision', 0, pushed), 1)) pushed += 1;
    expect(pushed).toBeLessThanOrEqual(Outbox.room(1) + 256);
    expect(connection.outbox.size).toBe(0);
  });

  it('are in order and complete except for replaced states, for any order of events and writes', () => {
    const step = fc.oneof(
      { weight: 60, arbitrary: fc.constantFrom<Type>('metrics', 'cluster_state', 'decision', 'alert') },
      { weight: 1, arbitrary: fc.constant('write' as const) },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(2)), { minLength: 2000, maxLength: 6000 }), (steps) => {
        const connection = new SlowConnection();
        const events: SentEvent[] = [];
        for (const [what, cluster] of steps) {
          if (what === 'write') {
            connection.write();
            continue;
          }
          const own = event(what, cluster, events.length);
          events.push(own);
          if (!connection.outbox.push(own, 3)) return;
        }
        connection.writeAll();
        const numbers = connection.written.map(({ id }) => Number(id.slice(2)));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        expect(new Set(numbers).size).toBe(numbers.length);
        const written = new Set(connection.written);
        for (const missing of events.filter((each) => !written.has(each))) {
          expect(['metrics', 'cluster_state']).toContain(missing.type);
          const later = events.slice(events.indexOf(missing) + 1);
          expect(later.some(({ type, cluster_id: id }) => type === missing.type && id === missing.cluster_id)).toBe(
            true,
          );
        }
        expect(connection.counts).toEqual({ sent: written.size, dropped: events.length - written.size });
      }),
      { numRuns: 20 },
    );
  });
});
