import { baseUrl, certificates, SERVER_NAME } from '../http/fields.js';
import { z } from '../sdk/index.js';
import { PRESET_NAMES } from './prometheus.presets.js';

const MOST_FIXED = 20;
const LONGEST_QUERY = 5000;

/** Headers that the connection or HTTP itself sets. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'connection',
  'content-length',
  'content-type',
  'transfer-encoding',
  'expect',
  'te',
  'trailer',
  'upgrade',
  'keep-alive',
]);
/** Parameters of the API that the service sets. */
const RESERVED_PARAMETERS: ReadonlySet<string> = new Set(['query', 'time', 'lookback_delta', 'start', 'end', 'step']);

function fixed(name: RegExp, reserved: ReadonlySet<string>, title: string, description: string, example: object) {
  return z
    .record(z.string(), z.string().max(1000))
    .refine(
      (values) =>
        Object.keys(values).length <= MOST_FIXED &&
        Object.keys(values).every((key) => name.test(key) && !reserved.has(key.toLowerCase())),
      { error: `must be at most ${MOST_FIXED} names and values, none of them ${[...reserved].join(', ')}` },
    )
    .optional()
    .meta({ title, description, examples: [example] });
}

export const prometheusConnection = z.strictObject({
  url: baseUrl(
    'Prometheus',
    "base URL of the API, without /api/v1; its server must be listed in collector.allowed_urls of the service's configuration",
    'https://prometheus.example/prometheus',
  ),
  auth: z.enum(['none', 'basic', 'bearer']).default('none').meta({
    title: 'Authentication',
    description: 'basic: `username` and the secret `password`; bearer: the secret `token`',
  }),
  username: z.string().min(1).max(200).optional().meta({ title: 'User name', description: 'for basic' }),
  ca: certificates('CA', 'certificates in PEM that are trusted instead of those of the system'),
  client_certificate: certificates('Client certificate', 'in PEM; its key is the secret `client_key`'),
  server_name: SERVER_NAME,
  headers: fixed(/^[A-Za-z0-9-]{1,100}$/, RESERVED_HEADERS, 'Headers', 'sent with each request', {
    'X-Scope-OrgID': 'shop',
  }),
  url_parameters: fixed(/^[\w.[\]-]{1,100}$/, RESERVED_PARAMETERS, 'URL parameters', 'sent with each request', {
    dedup: 'true',
  }),
});

const query = (title: string, description: string) =>
  z.string().min(1).max(LONGEST_QUERY).optional().meta({ title, description });

const queries = z.strictObject({
  cpu: query('CPU', 'percent, one series for each server'),
  memory: query('Memory', 'percent, one series for each server'),
  request_rate: query('Requests of a server', 'requests per second, one series for each server'),
  requests: query('Requests', 'requests per second of the whole cluster, one value'),
  bad: query('Slow or failed requests', 'per second, of the whole cluster, one value'),
  demand: query('Demand', 'work that waits or is under way in the whole cluster, in any unit, one value'),
});

export const prometheusMetrics = z.strictObject({
  preset: z.enum(PRESET_NAMES).optional().meta({
    title: 'Preset',
    description: 'queries for a known exporter; answers show them as `queries` instead of the preset',
  }),
  variables: z
    .record(z.string(), z.string().min(1).max(253))
    .optional()
    .meta({ title: 'Variables', description: 'of the preset', examples: [{ namespace: 'shop', workload: 'web' }] }),
  server_label: z
    .string()
    .regex(/^[A-Za-z_]\w{0,99}$/, { error: 'must be a label name' })
    .optional()
    .meta({ title: 'Server label', description: 'label whose value is the id of a server; default instance' }),
  queries: queries
    .optional()
    .meta({ title: 'Queries', description: 'PromQL; those of a preset are kept unless given' }),
  capacity: z
    .number()
    .positive()
    .max(1e12)
    .optional()
    .meta({ title: 'Capacity', description: 'demand that one server handles; default: learned from CPU' }),
  max_cpu: z
    .number()
    .min(100)
    .max(1_000_000)
    .optional()
    .meta({ title: 'Highest CPU, %', description: 'CPU above it is refused as a fault; default 400' }),
});

export type PrometheusConnection = z.output<typeof prometheusConnection>;
export type PrometheusMetrics = z.output<typeof prometheusMetrics>;
export type PrometheusQueries = z.output<typeof queries>;
