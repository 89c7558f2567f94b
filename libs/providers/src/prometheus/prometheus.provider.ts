import { defineProvider, type ProviderContext, ProviderError } from '../sdk/index.js';
import { PrometheusClient } from './prometheus.client.js';
import { type PrometheusConnection, prometheusConnection, prometheusMetrics } from './prometheus.fields.js';
import { expandPreset } from './prometheus.presets.js';
import { PrometheusSession } from './prometheus.session.js';

/** Prometheus as a source of metrics (docs/prometheus.md). */
export const prometheusProvider = defineProvider({
  type: 'prometheus',
  apiVersion: 1,
  title: 'Prometheus',
  summary: 'Metrics from queries of your Prometheus. The servers themselves are at another provider.',
  batching: true,
  connection: {
    spec: prometheusConnection,
    secrets: ['password', 'token', 'client_key'],
    named: true,
    address: ({ url }) => url,
  },
  metrics: { spec: prometheusMetrics, capabilities: { totals: true }, expand: expandPreset },
  async open(connection, context) {
    const { url, ca, client_certificate: cert, server_name: serverName, headers, url_parameters: query } = connection;
    const { authorization, identity } = await authorizationOf(connection, context);
    const { parser } = await import('@prometheus-io/lezer-promql');
    const http = context.httpWith({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key: await context.secret('client_key') }),
      ...(serverName === undefined ? {} : { serverName }),
      ...(query === undefined ? {} : { query }),
      headers: { ...headers, ...(authorization === null ? {} : { authorization }) },
    });
    return new PrometheusSession(new PrometheusClient(url, http), context.clock, identity, parser);
  },
});

interface Authorization {
  readonly authorization: string | null;
  readonly identity: string | null;
}

async function authorizationOf(
  { auth, username }: PrometheusConnection,
  context: Pick<ProviderContext, 'secret'>,
): Promise<Authorization> {
  switch (auth) {
    case 'none':
      return { authorization: null, identity: null };
    case 'basic': {
      if (username === undefined) throw new ProviderError('unauthorized', 'auth basic needs a username');
      const credentials = Buffer.from(`${username}:${await context.secret('password')}`).toString('base64');
      return { authorization: `Basic ${credentials}`, identity: username };
    }
    case 'bearer':
      return { authorization: `Bearer ${await context.secret('token')}`, identity: null };
    default:
      return auth satisfies never;
  }
}
