import { type Dispatcher, Pool } from 'undici';
import { guardedConnector, type TlsOptions } from '../http/guarded-connector.js';
import { type Lookup, ProviderError } from '../sdk/index.js';
import { failureOf, unreachable } from './api-error.js';

/** Bytes of one answer; lists are read in pages. */
const LARGEST_ANSWER = 64 * 2 ** 20;
/** Requests at a time; what is more waits. */
const CONNECTIONS = 16;
/** A watch on which nothing came for so long is dead: the API server sends a bookmark about once a minute. */
const SILENT_WATCH_MS = 90_000;

/** The `Date` of an answer is whole seconds: the clock shows half of one more on average. */
const HALF_SECOND_MS = 500;
/** With whole seconds, and an answer that takes a while, clocks that differ by less may be the same. */
const CLOCK_TOLERANCE_MS = 3000;

export interface ApiOptions {
  /** https URL; a path in front of the API is kept. */
  readonly server: string;
  readonly tls: Pick<TlsOptions, 'ca' | 'cert' | 'key'>;
  /** Called for each request, so that a token that rotates is read again. */
  token(): Promise<string | null>;
  /** As `ProviderContext.lookup`. */
  readonly lookup?: Lookup;
}

export interface ApiRequest {
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly accept?: string;
  /** What is missing where it is forbidden: "update deployments/scale in namespace web". */
  readonly right: string;
  readonly signal: AbortSignal;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/**
 * The API of one Kubernetes cluster over kept connections, without a client library: see docs/decisions/0014.
 */
export class KubernetesApi {
  private readonly prefix: string;
  private readonly requests: Pool;
  /** Apart: each watch occupies a connection. */
  private readonly watches: Pool;
  /** How far its clock is ahead of ours, milliseconds; 0 where it is about right. */
  private ahead = 0;

  constructor(private readonly options: ApiOptions) {
    const { server, tls, lookup } = options;
    const { origin, pathname } = new URL(server);
    this.prefix = pathname.replace(/\/$/, '');
    const connect = guardedConnector(tls, lookup);
    this.requests = new Pool(origin, { connections: CONNECTIONS, maxResponseSize: LARGEST_ANSWER, connect });
    this.watches = new Pool(origin, { connections: null, bodyTimeout: SILENT_WATCH_MS, connect });
  }

  get clockAheadMs(): number {
    return this.ahead;
  }

  /** @throws ProviderError */
  async get<T>(path: string, request: ApiRequest): Promise<T> {
    return this.send<T>('GET', path, request);
  }

  /** @throws ProviderError */
  async put<T>(path: string, request: ApiRequest): Promise<T> {
    return this.send<T>('PUT', path, request);
  }

  /** @throws ProviderError */
  async post<T>(path: string, request: ApiRequest): Promise<T> {
    return this.send<T>('POST', path, request);
  }

  /** @throws ProviderError */
  async delete(path: string, request: ApiRequest): Promise<void> {
    await this.send('DELETE', path, request);
  }

  /**
   * Follows a list from a version on; ends when the server ends it.
   *
   * @param opened called once the server has accepted the watch
   * @throws ProviderError; where the version is too old, one that `isStatus` 410
   */
  async *watch(path: string, request: ApiRequest, opened: () => void): AsyncGenerator<WatchEvent> {
    const query = { ...request.query, watch: true, allowWatchBookmarks: true };
    const answer = await this.ask(this.watches, 'GET', path, { ...request, query });
    if (answer.statusCode !== 200) throw failureOf(answer.statusCode, await answer.body.text(), request.right);
    opened();
    try {
      for await (const line of linesOf(answer.body)) {
        const event = JSON.parse(line) as WatchEvent;
        if (event.type === 'ERROR') {
          const { code = 500 } = event.object as { readonly code?: number };
          throw failureOf(code, JSON.stringify(event.object), request.right);
        }
        yield event;
      }
    } finally {
      answer.body.destroy();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.requests.destroy(), this.watches.destroy()]);
  }

  private async send<T>(method: Dispatcher.HttpMethod, path: string, request: ApiRequest): Promise<T> {
    const { statusCode, headers, body } = await this.ask(this.requests, method, path, request);
    // Before the body, which may take a while.
    this.noteClock(headers['date']);
    const text = await body.text().catch((error: unknown) => {
      throw unreachable(error);
    });
    if (statusCode < 200 || statusCode > 299) throw failureOf(statusCode, text, request.right);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ProviderError('invalid', 'the answer of the API server is no JSON', { cause });
    }
  }

  private async ask(
    pool: Pool,
    method: Dispatcher.HttpMethod,
    path: string,
    { query = {}, body, accept = 'application/json', signal }: ApiRequest,
  ): Promise<Dispatcher.ResponseData> {
    const token = await this.options.token();
    const search = new URLSearchParams(
      Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
    ).toString();
    try {
      return await pool.request({
        method,
        path: `${this.prefix}${path}${search === '' ? '' : `?${search}`}`,
        body: body === undefined ? null : JSON.stringify(body),
        signal,
        headers: {
          accept,
          'user-agent': 'autoscaler',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      });
    } catch (error) {
      throw signal.aborted ? new ProviderError('unreachable', 'no answer in time') : unreachable(error);
    }
  }

  private noteClock(date: string | string[] | undefined): void {
    if (typeof date !== 'string') return;
    const ahead = Date.parse(date) + HALF_SECOND_MS - Date.now();
    // Ages of pods must not change with each answer: a difference within the tolerance changes nothing.
    if (Math.abs(ahead - this.ahead) <= CLOCK_TOLERANCE_MS) return;
    this.ahead = Math.abs(ahead) <= CLOCK_TOLERANCE_MS ? 0 : ahead;
  }
}

/** @throws ProviderError `invalid` where a line does not end */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LARGEST_ANSWER) throw new ProviderError('invalid', 'the API server sends an event without end');
    yield* lines.filter((line) => line !== '');
  }
}
