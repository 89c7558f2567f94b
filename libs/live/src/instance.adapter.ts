import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { createAdapter } from '@socket.io/postgres-adapter';
import type { Server } from 'socket.io';
import type { AppConfig } from '#config';
import { directPool } from '#database';

/** One connection listens, the others send and fetch what is too long for a notification. */
const CONNECTIONS = 3;
const CLOSED_WITHIN_MS = 1000;
const CHANNEL = 'autoscaler_live';
const ATTACHMENTS = 'live_attachments';

/** How sockets of several instances hear of each other: an adapter of socket.io, and what is known of its connection. */
export interface InstanceAdapter {
  readonly create: Parameters<Server['adapter']>[0];
  /** Whether what was last sent still waits for the connection; more would only wait longer. */
  busy(): boolean;
  close(): Promise<void>;
}

export const INSTANCE_ADAPTER = Symbol('INSTANCE_ADAPTER');

/** Opens the adapter that the configuration names (not before the service starts: it connects at once); `null` where an instance is alone. */
export function instanceAdapter({ websocket, database }: AppConfig): (() => InstanceAdapter) | null {
  return websocket.adapter === 'postgres' ? () => postgresAdapter(database) : null;
}

/** `LISTEN` and `NOTIFY` on connections of its own: what it waits for, neither the loop nor a request waits for. */
function postgresAdapter(database: AppConfig['database']): InstanceAdapter {
  const logger = new Logger('InstanceAdapter');
  const pool = directPool(database, CONNECTIONS, 'autoscaler live');
  let failing = false;
  const note = (error: Error): void => {
    if (!failing) logger.warn(`cannot send live events to other instances: ${error.message}`);
    failing = true;
  };
  pool.on('error', note);
  pool.on('connect', (client) => {
    // The library does not listen for it on the connection that it keeps, and an error that nobody listens for ends the process.
    client.on('error', note);
    if (failing) logger.log('live events reach other instances again');
    failing = false;
  });
  return {
    create: createAdapter(pool, { channelPrefix: CHANNEL, tableName: ATTACHMENTS, errorHandler: note }),
    busy: () => pool.waitingCount > 0,
    close: async () => {
      // The library goes on trying to connect otherwise, and keeps the process alive with it.
      pool.connect = async () => new Promise<never>(() => undefined);
      // A connection that is just being made is never given back.
      await Promise.race([pool.end(), delay(CLOSED_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
