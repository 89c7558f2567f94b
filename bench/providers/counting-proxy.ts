import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { Counter, requestName } from './requests.js';

/** Stands between the service and the API server, and counts what is asked. */
export class CountingProxy {
  readonly counter = new Counter();
  private readonly agent: Agent;

  private constructor(
    private readonly server: Server,
    private readonly apiPort: number,
    ca: Buffer,
  ) {
    this.agent = new Agent({ keepAlive: true, ca });
    server.on('request', (incoming, response) => this.forward(incoming, response));
  }

  /** @param run folder of the control plane, with its certificates */
  static async start(run: string, apiPort: number): Promise<CountingProxy> {
    const file = (name: string): Buffer => readFileSync(join(run, 'pki', name));
    const server = createServer({ cert: file('apiserver.crt'), key: file('apiserver.key') });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CountingProxy(server, apiPort, file('ca.crt'));
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url: path = '/', headers } = incoming;
    this.counter.add(requestName(method, path));
    const { host: _host, ...rest } = headers;
    const target = { host: '127.0.0.1', port: this.apiPort, agent: this.agent, method, path, headers: rest };
    const upstream = request(target, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A watch has to be seen as open before its first event.
      response.flushHeaders();
      pipeline(answer, response, () => undefined);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }
}
