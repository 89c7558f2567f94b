import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { outletOf } from './outlet.js';
import { Outbox } from './outbox.js';
import type { SentEvent } from './wire.js';

/** A connection whose peer does not read: the first packet is being written, the rest waits. */
class StuckConnection extends EventEmitter {
  writeBuffer: unknown[] = [];
  writing = false;
  emitPacket(data: string): void {
    this.emit('packetCreate', { data });
    this.writeBuffer.push(data);
    if (!this.writing) this.write();
  }
  write(): void {
    this.writing = true;
    this.emit('flush');
    this.writeBuffer = [];
  }
}

function eventOf(length: number): SentEvent {
  return { id: 'a-1', type: 'alert', cluster_id: 'a', data: 'x'.repeat(length) } as unknown as SentEvent;
}

describe('encoded events pending for a client that does not read', () => {
  it.each([
    ['many small events', 10, 256],
    ['few large events', 200_000, 5],
  ])('are limited: %s', (_name, length, most) => {
    const conn = new StuckConnection();
    const socket = { conn, emit: (_type: string, event: SentEvent) => (conn.emitPacket(JSON.stringify(event)), true) };
    const outbox = new Outbox(outletOf(socket as never), { sent: 0, dropped: 0 });
    for (let sent = 0; sent < 1000; sent += 1) outbox.push(eventOf(length), 1);
    expect(conn.writeBuffer).toHaveLength(most);
    conn.write();
    outbox.flush();
    expect(conn.writeBuffer).toHaveLength(most);
    expect(outbox.size).toBeLessThan(1000);
  });
});
