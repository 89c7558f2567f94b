import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to the API server that a test can cut, or let hang. TLS passes through it unchanged. */
export class Proxy {
  private readonly sockets = new Set<Socket>();
  private isCut = false;
  private hangs = false;
  /** Connections that were opened, so far. */
  opened = 0;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async start(port = Number(process.env['API_PORT'])): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Proxy(server, port);
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  /** Ends all connections, and refuses new ones until `mend`. */
  cut(): void {
    this.isCut = true;
    this.reset();
  }

  /** Ends all connections; new ones are accepted. */
  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** From now on nothing passes, and nothing is ended. */
  hang(): void {
    this.hangs = true;
    for (const socket of this.sockets) socket.pause();
  }

  mend(): void {
    this.isCut = false;
    this.hangs = false;
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    this.track(client);
    if (this.isCut) {
      client.destroy();
      return;
    }
    this.opened += 1;
    if (this.hangs) {
      client.pause();
      return;
    }
    const upstream = connect(this.port, '127.0.0.1');
    this.track(upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk) => void to.write(chunk));
      from.on('close', () => to.destroy());
    }
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }
}
