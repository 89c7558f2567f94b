import { defineProvider } from '../sdk/index.js';
import { adapterConnection, adapterMetrics, adapterTarget } from './http-adapter.fields.js';
import { adapterName, HttpAdapterSession } from './http-adapter.session.js';

/** An adapter of the user's own, over HTTP (docs/providers.md). */
export const httpAdapterProvider = defineProvider({
  type: 'http',
  apiVersion: 1,
  title: 'HTTP adapter',
  summary: 'Servers of any other system, behind a small HTTP adapter that you write.',
  connection: { spec: adapterConnection, secrets: ['hmac_key'], named: true, address: ({ url }) => url },
  target: {
    spec: adapterTarget,
    // An adapter may fence, and state totals; the service does not rely on either.
    capabilities: { fencing: false, statesDesired: true, partial: true },
    nameOf: adapterName,
  },
  metrics: { spec: adapterMetrics, capabilities: { totals: false }, nameOf: adapterName },
  async open({ url, ca, server_name: serverName }, context) {
    const http = context.httpWith({
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { serverName }),
    });
    return new HttpAdapterSession({ url, key: await context.secret('hmac_key'), http, clock: context.clock });
  },
});
