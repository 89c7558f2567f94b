import { Agent, type RequestOptions, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

/** Where HTTPS is served on this machine, and whose certificates vouch for it. */
export interface Site {
  readonly port: number;
  readonly ca: string;
}

export interface HttpsOptions {
  /** The address that the client comes from: all of 127.0.0.0/8 is this machine. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
  /** Keeps connections; without one, each request makes its own. */
  readonly agent?: Agent;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As they came, names and values in turn. */
  readonly raw: readonly string[];
  readonly body: Record<string, unknown>;
}

/** One request of a client at an address of its own. */
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
