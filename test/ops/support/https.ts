import { Agent, type RequestOptions, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** Port of an HTTPS server on this machine, and its trusted certificates. */
export interface Site {
  readonly port: number;
  readonly ca: string;
}

export interface HttpsOptions {
  /** The client's source address: all of 127.0.0.0/8 is this machine. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
  /** Keeps connections; without one, each request opens its own. */
  readonly agent?: Agent;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Unprocessed: names and values alternate. */
  readonly raw: readonly string[];
  readonly body: Record<string, unknown>;
}

/** Sends a request from the given client address. */
export async function ask(
  { port, ca }: Site,
  method: string,
  path: string,
  { from = '127.0.0.1', headers = {}, body, agent = new Agent({ keepAlive: false }) }: HttpsOptions = {},
): Promise<HttpsAnswer> {
  const options: RequestOptions = {
    host: 'localhost',
    family: 4,
    port,
    localAddress: from,
    ca,
    method,
    path,
    agent,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      text(response).then((answer) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          raw: response.rawHeaders,
          body: answer.startsWith('{') ? (JSON.parse(answer) as Record<string, unknown>) : {},
        });
      }, reject);
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
