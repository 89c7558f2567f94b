import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Counter } from './requests.js';

/** The jobs that a query is for: `job="a"`, or `job=~"a|b"`. */
export function jobsIn(query: string): readonly string[] {
  return /job=~?"([^"]*)"/.exec(query)?.[1]?.replaceAll('\\\\', '').split('|') ?? [];
}

/** Answers the queries of the preset `node-exporter` with a value for each job, and counts them. */
export class PrometheusStandIn {
  readonly counter = new Counter();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<PrometheusStandIn> {
    const server = createServer();
    const standIn = new PrometheusStandIn(server);
    server.on('request', (incoming, response) => {
      const query = new URL(incoming.url ?? '/', 'http://here').searchParams.get('query');
      text(incoming).then(
        (body) => response.end(standIn.answer(query ?? new URLSearchParams(body).get('query') ?? '')),
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(query: string): string {
    this.counter.add('query');
    const at = Date.now() / 1000;
    const result = jobsIn(query).map((job) => ({ metric: { job, instance: `${job}-0` }, value: [at, '55'] }));
    return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
  }
}
