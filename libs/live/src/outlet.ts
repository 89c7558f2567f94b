import type { Socket } from 'socket.io';
import type { Outlet } from './outbox.js';

/** Maximum of pending packets, and of their characters. */
const MOST_PACKETS = 256;
const MOST_CHARACTERS = 1_000_000;

/** The used part of an Engine.IO connection; its types hide some of it. */
export interface PacketBuffer {
  /** Packets that are not being written yet. */
  readonly writeBuffer: readonly unknown[];
  on(event: 'packetCreate', listener: (packet: { readonly data?: unknown }) => void): unknown;
  /** Emitted when pending packets begin to be written. */
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
