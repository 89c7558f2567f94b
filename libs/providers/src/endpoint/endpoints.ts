import { Pool } from 'undici';

export interface EndpointRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface EndpointAnswer {
  readonly status: number;
  readonly text: string;
}

/** Speaks HTTP to services that are asked again and again, over connections that are kept. */
export class Endpoints {
  private readonly pools = new Map<string, Pool>();

  /** @param connections kept-alive connections per endpoint */
  constructor(private readonly connections: number) {}

  /** Any answer is an answer, whatever its status. @throws Error that says in a few words why there is none */
  async request(url: string, { method, path, body = null, headers, signal }: EndpointRequest): Promise<EndpointAnswer> {
    try {
      const { statusCode, body: content } = await this.poolOf(url).request({
        path,
        method,
        body: body === null ? null : JSON.stringify(body),
        signal,
        headers: { ...headers, ...(body === null ? {} : { 'content-type': 'application/json' }) },
      });
      return { status: statusCode, text: await content.text() };
    } catch (cause) {
      const why = signal.aborted ? 'no answer in time' : cause instanceof Error ? cause.message : String(cause);
      throw new Error(why, { cause });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map(async (pool) => pool.close()));
  }

  private poolOf(url: string): Pool {
    let pool = this.pools.get(url);
    if (pool === undefined) {
      pool = new Pool(url, { connections: this.connections, pipelining: 1 });
      this.pools.set(url, pool);
    }
    return pool;
  }
}
