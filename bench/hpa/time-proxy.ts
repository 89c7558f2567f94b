import { readFileSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline, Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { type Compression, virtualAt } from './fast-clock.js';

const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g;

/** The same JSON with every time moved from the real clock to the compressed one. */
export function withVirtualTimes(json: string, compression: Compression): string {
  return json.replaceAll(
    TIME,
    (_, time: string) => `"${new Date(virtualAt(compression, Date.parse(time))).toISOString()}"`,
  );
}

/** Moves times line by line: a watch sends one event a line, and a list is a single one. */
export function virtualTimes(compression: Compression): Transform {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop()!;
      done(null, lines.map((line) => `${withVirtualTimes(line, compression)}\n`).join(''));
    },
    flush(done) {
      done(null, withVirtualTimes(rest + decoder.end(), compression));
    },
  });
}

/**
 * Stands between the service, whose clock is compressed, and the API server, whose clock is not: the service sees the
 * ages of pods and metrics in its own time. It sends no `Date`, so that the service finds no difference between clocks.
 */
export class TimeProxy {
  private readonly agent: Agent;

  private constructor(
    private readonly server: Server,
    private readonly apiPort: number,
    ca: Buffer,
    private readonly compression: Compression,
  ) {
    this.agent = new Agent({ keepAlive: true, ca });
    server.on('request', (incoming, response) => this.forward(incoming, response));
  }

  static async start(run: string, apiPort: number, compression: Compression): Promise<TimeProxy> {
    const file = (name: string): Buffer => readFileSync(join(run, 'pki', name));
    const server = createServer({ cert: file('apiserver.crt'), key: file('apiserver.key') });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TimeProxy(server, apiPort, file('ca.crt'), compression);
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
    const { method, url, headers } = incoming;
    const { host: _host, 'accept-encoding': _encoding, ...rest } = headers;
    const upstream = request(
      { host: '127.0.0.1', port: this.apiPort, agent: this.agent, method, path: url, headers: rest },
      (answer) => {
        const { date: _date, 'content-length': _length, ...kept } = answer.headers;
        response.sendDate = false;
        response.writeHead(answer.statusCode ?? 502, kept);
        // A watch has to be seen as open before its first event.
        response.flushHeaders();
        pipeline(answer, virtualTimes(this.compression), response, () => undefined);
      },
    );
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }
}
