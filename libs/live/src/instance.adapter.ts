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

/** The adapter of socket.io that connects instances, and the state of its connection. */
export interface InstanceAdapter {
  readonly create: Parameters<Server['adapter']>[0];
  /** Whether the last message is still pending; more would only queue up. */
  busy(): boolean;
  close(): Promise<void>;
}

export const INSTANCE_ADAPTER = Symbol('INSTANCE_ADAPTER');

/** Opens the configured adapter, which connects at once; `null` for a single instance. */
export function instanceAdapter({ websocket, database }: AppConfig): (() => InstanceAdapter) | null {
  return websocket.adapter === 'postgres' ? () => postgresAdapter(database) : null;
}

/** `LISTEN` and `NOTIFY` on separate connections, so that waiting here delays neither the loop nor requests. */
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
    // The library has no error listener on its connection, and an unhandled 'error' event ends the process.
    client.on('error', note);
    if (failing) logger.log('live events reach other instances again');
    failing = false;
  });
  return {
    create: createAdapter(pool, { channelPrefix: CHANNEL, tableName: ATTACHMENTS, errorHandler: note }),
    busy: () => pool.waitingCount > 0,
    close: async () => {
      // Otherwise the library keeps reconnecting, which keeps the process alive.
      pool.connect = async () => new Promise<never>(() => undefined);
      // The library never releases a connection that is just being opened.
      await Promise.race([pool.end(), delay(CLOSED_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
