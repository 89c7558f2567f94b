import { Pool } from 'undici';
import { type HttpAnswer, type HttpClient, type HttpRequest, ProviderError } from '../sdk/index.js';

/** Where the path of an absolute URL begins. */
const ORIGIN = /^https?:\/\/[^/?#]+/i;

/** Speaks HTTP to servers that are asked again and again, over connections that are kept. */
export class PooledHttp implements HttpClient {
  private readonly pools = new Map<string, Pool>();

  /** @param connections kept-alive connections for each server */
  constructor(private readonly connections: number) {}

  async request(url: string, { method = 'GET', headers, json, signal }: HttpRequest): Promise<HttpAnswer> {
    const origin = ORIGIN.exec(url)?.[0];
    if (origin === undefined) throw new ProviderError('refused', `"${url}" is no http or https URL`);
    try {
      const answer = await this.poolOf(origin).request({
        path: url.slice(origin.length) || '/',
        method,
        body: json === undefined ? null : JSON.stringify(json),
        signal,
        headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    } catch (cause) {
      const why = signal.aborted ? 'no answer in time' : cause instanceof Error ? cause.message : String(cause);
      throw new ProviderError('unreachable', why, { cause });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map(async (pool) => pool.close()));
  }

  private poolOf(origin: string): Pool {
    let pool = this.pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, { connections: this.connections, pipelining: 1 });
      this.pools.set(origin, pool);
    }
    return pool;
  }
}
