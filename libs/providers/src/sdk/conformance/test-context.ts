import { ProviderError } from '../errors.js';
import type { HttpClient, HttpOptions, ProviderContext } from '../provider.js';

/**
 * The context of a session that a test of a plugin opens itself. Its HTTP client is `fetch`: it guards no address, and knows no certificates. `lookup` resolves nothing.
 *
 * @param secrets of the connection, by name
 */
export function testContext(
  secrets: Readonly<Record<string, string>> = {},
  clock: ProviderContext['clock'] = { now: () => Date.now() },
): ProviderContext {
  return {
    http: httpWith({}),
    httpWith,
    lookup: (hostname, _options, found) => found(new Error(`the context of a test does not resolve ${hostname}`), []),
    checkUrl: () => undefined,
    secret: async (name) => {
      const secret = secrets[name];
      if (secret === undefined) throw new ProviderError('unauthorized', `the secret ${name} is not given`);
      return secret;
    },
    secrets: new Set(Object.keys(secrets)),
    clock,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
}

function httpWith({ headers: common = {}, query = {}, ca, cert }: HttpOptions): HttpClient {
  if (ca !== undefined || cert !== undefined)
    throw new ProviderError('refused', 'the context of a test knows no certificates');
  return {
    async request(url, { method = 'GET', headers = {}, json, body, signal }) {
      const target = new URL(url);
      for (const [name, value] of Object.entries(query)) target.searchParams.append(name, value);
      const type = json === undefined ? {} : { 'content-type': 'application/json' };
      const sent = json === undefined ? body : JSON.stringify(json);
      try {
        const answer = await fetch(target, {
          method,
          headers: { ...type, ...common, ...headers },
          ...(sent === undefined ? {} : { body: sent }),
          redirect: 'manual',
          signal,
        });
        return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
      } catch (cause) {
        throw new ProviderError('unreachable', signal.aborted ? 'no answer in time' : 'cannot be reached', { cause });
      }
    },
  };
}
