import { Pool } from 'undici';
import { type HttpAnswer, type HttpClient, type HttpOptions, type HttpRequest, ProviderError } from '../sdk/index.js';
import { ForbiddenAddressError, type Lookup } from './forbidden-addresses.js';
import { guardedConnector } from './guarded-connector.js';

/** Where the path of an absolute URL begins. */
const ORIGIN = /^https?:\/\/[^/?#]+/i;
/** Largest response body; enough for about 100,000 servers with their metrics. */
const MOST_BYTES = 16 * 1024 * 1024;

/** HTTP client with a pool of keep-alive connections for each origin. */
export class PooledHttp implements HttpClient {
  private readonly pools = new Map<string, Pool>();
  private readonly connect: ReturnType<typeof guardedConnector>;
  private readonly headers: Readonly<Record<string, string>>;
  /** Percent-encoded. */
  private readonly query: string;

  /**
   * @param connections sockets for each origin
   * @param options apply to all requests
   * @param lookup resolves names; the default fails for forbidden addresses
   * @throws ProviderError `refused` if a certificate or the key is invalid
   */
  constructor(
    private readonly connections: number,
    { headers = {}, query = {}, ...tls }: HttpOptions = {},
    lookup?: Lookup,
  ) {
    this.connect = guardedConnector(tls, lookup);
    this.headers = lowerCase(headers);
    this.query = new URLSearchParams(query).toString();
  }

  async request(url: string, request: HttpRequest): Promise<HttpAnswer> {
    const { method = 'GET', headers = {}, json, body = jsonOf(json), signal } = request;
    const origin = ORIGIN.exec(url)?.[0];
    if (origin === undefined) throw new ProviderError('refused', `"${url}" is no http or https URL`);
    try {
      const answer = await this.poolOf(origin).request({
        path: this.pathOf(url.slice(origin.length)),
        method,
        body: body ?? null,
        signal,
        headers: {
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...this.headers,
          ...lowerCase(headers),
        },
      });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    } catch (cause) {
      throw errorOf(cause, signal);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map(async (pool) => pool.close()));
  }

  /** @param rest the URL after its origin */
  private pathOf(rest: string): string {
    const path = rest.startsWith('/') ? rest : `/${rest}`;
    return this.query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${this.query}`;
  }

  private poolOf(origin: string): Pool {
    let pool = this.pools.get(origin);
    if (pool === undefined) {
      const { connections, connect } = this;
      pool = new Pool(origin, { connections, pipelining: 1, connect, maxResponseSize: MOST_BYTES });
      this.pools.set(origin, pool);
    }
    return pool;
  }
}

function jsonOf(json: unknown): string | undefined {
  return json === undefined ? undefined : JSON.stringify(json);
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function errorOf(cause: unknown, signal: AbortSignal): ProviderError {
  if (signal.aborted) return new ProviderError('unreachable', 'no answer in time', { cause });
  if (cause instanceof ForbiddenAddressError) return new ProviderError('refused', cause.message, { cause });
  if (codeOf(cause) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new ProviderError('invalid', `the answer is larger than ${MOST_BYTES / 1024 / 1024} MiB`, { cause });
  return new ProviderError('unreachable', cause instanceof Error ? cause.message : String(cause), { cause });
}

function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | null)?.code;
}
