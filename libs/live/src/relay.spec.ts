import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Server } from 'socket.io';
import { ManualClock } from '#config/testing';
import type { LiveEvents } from '#scaler';
import { Relay, type RelayOwner } from './relay.js';
import { Replay } from './replay.js';

const BEAT_MS = 5000;
const FLUSH_MS = 50;

/** Messages between instances, each with the name of its sender. */
type Carry = (from: string, message: { number: number; events?: readonly unknown[] }) => void;

function alert(message: string): LiveEvents['alert'] {
  const data = { code: 'drift', severity: 'info', state: 'noticed', message } as const;
  return { type: 'alert', cluster_id: 'a', timestamp: '2026-01-05T00:00:00.000Z', data };
}

describe('a relay', () => {
  let clock: ManualClock;
  let connected: boolean;
  let wires: Map<string, EventEmitter>;
  let relays: Relay[];
  let numbered: Replay;
  beforeEach(() => {
    jest.useFakeTimers();
    clock = new ManualClock();
    connected = true;
    wires = new Map();
    relays = [];
    numbered = new Replay('one', 60_000);
  });
  afterEach(() => {
    jest.clearAllTimers();
    jest.useRealTimers();
  });

  const carry: Carry = (from, message) => {
    if (!connected) return;
    for (const [name, wire] of wires) if (name !== from) wire.emit('autoscaler', message);
  };

  function relayOf(name: string): { relay: Relay; heard: string[]; lost: () => number } {
    const wire = new EventEmitter();
    wires.set(name, wire);
    const io = Object.assign(wire, { serverSideEmit: (_: string, message: never) => carry(name, message) });
    const heard: string[] = [];
    let lost = 0;
    const owner: RelayOwner = {
      interest: () => ({ full: ['a'], summary: [], everything: false }),
      receive: (event) => void heard.push((event as LiveEvents['alert']).data.message),
      introduce: () => undefined,
      wanted: () => undefined,
      lost: () => void (lost += 1),
    };
    const adapter = { create: undefined as never, busy: () => false, close: async () => Promise.resolve() };
    const relay = new Relay(name, io as unknown as Server, adapter, owner, clock, 60_000);
    relays.push(relay);
    return { relay, heard, lost: () => lost };
  }

  function pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += FLUSH_MS) {
      clock.advance(FLUSH_MS);
      jest.advanceTimersByTime(FLUSH_MS);
    }
  }

  it('sends events of its first seconds, before it knows the other instances', () => {
    const other = relayOf('two');
    pass(4 * BEAT_MS);
    // Its first message is lost, and the other one is silent until its next heartbeat.
    connected = false;
    const { relay } = relayOf('one');
    connected = true;
    relay.publish(numbered.add(alert('early'), clock.now()));
    pass(2 * FLUSH_MS);
    expect(other.heard).toEqual(['early']);
  });

  it('sends events before a new instance is known', () => {
    const { relay } = relayOf('one');
    pass(4 * BEAT_MS);
    connected = false;
    const other = relayOf('two');
    connected = true;
    relay.publish(numbered.add(alert('to a stranger'), clock.now()));
    pass(BEAT_MS);
    expect(other.heard).toEqual(['to a stranger']);
    expect(other.lost()).toBe(0);
  });

  it('tells others that they missed something while the connection was broken', () => {
    const { relay } = relayOf('one');
    const other = relayOf('two');
    pass(4 * BEAT_MS);
    connected = false;
    relay.publish(numbered.add(alert('unheard'), clock.now()));
    pass(2 * FLUSH_MS);
    connected = true;
    expect(other.lost()).toBe(0);
    pass(2 * BEAT_MS);
    expect(other.heard).toEqual([]);
    expect(other.lost()).toBe(1);
  });
});
