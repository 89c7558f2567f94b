import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Server, type ServerOptions } from 'socket.io';
import { APP_CONFIG, type AppConfig } from '#config';
import { addressBlock, clientAddresses, originCheck, traceRequests } from '#http';
import { Admission, type Connection } from './admission.js';
import { INSTANCE_ADAPTER, type InstanceAdapter } from './instance.adapter.js';
import type { LiveServer } from './wire.js';

/** The path of the gateway. */
export const LIVE_PATH = '/socket.io';

/** Node's types name this callback only among the options of a new server. */
type UpgradingServer = HttpServer & { shouldUpgradeCallback: (request: IncomingMessage) => boolean };

/** The socket.io server of the gateway: its limits, the origins that it accepts, and its connection to other instances. */
@Injectable()
export class LiveIoAdapter extends IoAdapter {
  /** The connection to other instances; `null` for a single instance, or before the server is created. */
  instances: InstanceAdapter | null = null;
  private io: LiveServer | undefined;
  private stopped = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly admission: Admission,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(INSTANCE_ADAPTER) private readonly openInstances: (() => InstanceAdapter) | null,
  ) {
    super();
  }

  /** Whether the application uses this adapter: without it, neither sockets nor their origins are limited. */
  get isUsed(): boolean {
    return this.io !== undefined;
  }

  override createIOServer(_port: number, options?: Partial<ServerOptions>): LiveServer {
    const { websocket, api } = this.config;
    const origins = api.cors.allowedOrigins;
    const isAllowed = originCheck(origins, api.trustedProxies);
    const http = this.host.httpAdapter.getHttpServer() as UpgradingServer;
    http.shouldUpgradeCallback = isForSockets;
    this.instances = this.openInstances?.() ?? null;
    const io: LiveServer = new Server(http, {
      ...options,
      serveClient: false,
      pingInterval: websocket.pingInterval,
      connectTimeout: websocket.loginTimeout,
      maxHttpBufferSize: websocket.maxMessageSize,
      cors: { origin: origins.includes('*') ? true : [...origins], credentials: true },
      // CORS does not apply to WebSockets: without this check, another site could use the cookie.
      allowRequest: (request, decide) => decide(null, !this.stopped && isAllowed(request)),
      ...(this.instances === null ? {} : { adapter: this.instances.create }),
    });
    io.engine.use(traceRequests);
    const addressOf = clientAddresses(api.trustedProxies);
    io.engine.on('connection', (connection: Connection & { readonly request: IncomingMessage }) => {
      const address = addressOf(connection.request);
      // An exception here ends the process.
      if (address === undefined) connection.close(true);
      else this.admission.open(connection, addressBlock(address));
    });
    this.io = io;
    return io;
  }

  /**
   * Closes all connections and accepts no further ones, without a disconnect packet: a client that receives one does
   * not reconnect automatically, to another instance or to this one after its restart.
   */
  stop(): void {
    this.stopped = true;
    this.io?.engine.close();
  }

  /** Does nothing: the gateway has stopped it, and Nest closes the HTTP server, which socket.io would close too. */
  override async close(): Promise<void> {
    await Promise.resolve();
  }
}

/** Requests with any other upgrade (`h2c`, or a WebSocket elsewhere) are answered over HTTP/1.1 (RFC 9110). */
function isForSockets({ url, headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && url?.startsWith(`${LIVE_PATH}/`) === true;
}
