import { AddressGuard } from '../src/http/address-guard.js';
import { PooledHttp } from '../src/http/pooled-http.js';
import { testContext } from '../src/sdk/conformance/index.js';
import type { ProviderContext } from '../src/sdk/index.js';

/** The context of a session that a test opens itself. @param secrets of its connection */
export function contextOf(
  secrets: Readonly<Record<string, string>>,
  clock: { now(): number } = { now: () => Date.now() },
): { readonly context: ProviderContext; readonly close: () => Promise<void> } {
  const clients: PooledHttp[] = [];
  const guard = new AddressGuard([]);
  const clientOf: ProviderContext['httpWith'] = (options) => {
    const client = new PooledHttp(8, options);
    clients.push(client);
    return client;
  };
  const context: ProviderContext = {
    ...testContext(secrets, clock),
    http: clientOf({}),
    httpWith: clientOf,
    lookup: guard.lookup,
    checkUrl: (url) => guard.checkUrl(url),
  };
  return {
    context,
    close: async () => {
      await Promise.all(clients.map(async (client) => client.close()));
    },
  };
}
