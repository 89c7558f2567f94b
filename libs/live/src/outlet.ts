import type { Socket } from 'socket.io';
import type { Outlet } from './outbox.js';

/** Packets, and characters of packets, that may wait for a connection to write what it was given before. */
const MOST_PACKETS = 256;
const MOST_CHARACTERS = 1_000_000;

/** What is used of a connection of Engine.IO; its types keep some of it to themselves. */
export interface PacketBuffer {
  /** Packets that are not being written yet. */
  readonly writeBuffer: readonly unknown[];
  on(event: 'packetCreate', listener: (packet: { readonly data?: unknown }) => void): unknown;
  /** What waited is being written from now on. */
  on(event: 'flush', listener: () => void): unknown;
}

/** The connection of a client, as an outbox sees it. */
export function outletOf(socket: Pick<Socket, 'emit'> & { readonly conn: unknown }): Outlet {
  const connection = socket.conn as PacketBuffer;
  let characters = 0;
  connection.on('packetCreate', ({ data }) => {
    if (typeof data === 'string') characters += data.length;
  });
  connection.on('flush', () => {
    characters = 0;
  });
  return {
    full: () => connection.writeBuffer.length >= MOST_PACKETS || characters >= MOST_CHARACTERS,
    send: (event) => void socket.emit(event.type, event),
  };
}
