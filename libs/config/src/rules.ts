import type { AppConfig } from './schema.js';
import { isGuessable, isTooWide } from './strength.js';

/** A violated rule between values. */
export interface BrokenRule {
  /** The key at fault, then the keys that it was compared with. */
  readonly keys: readonly [string, ...string[]];
  readonly problem: string;
}

const LEAST_SECRET = 32;
const LEAST_WEBHOOK_SECRET = 16;
/** Values from templates and guides: a secret that is public knowledge. */
const WELL_KNOWN = [
  'your-super-secret-jwt-key-minimum-32-characters-long',
  'a-secret-that-only-tests-ever-use-0123456789',
  'your-strong-database-password-here',
  'your-secret-key',
  'your-db-password',
  'your-secret',
  'postgres',
  'password',
  'autoscaler',
  'changeme',
  'secret',
  'admin',
];

/** What a secret must not be, for error messages. */
const PATTERN = 'a repeated or sequential text';

/** What the deployment guide's security checklist forbids in production. */
export function productionFaults({ app, api, backup, database, keda, scaler, websocket }: AppConfig): BrokenRule[] {
  if (app.mode !== 'production') return [];
  return broken([
    [
      api.jwtSecret.length >= LEAST_SECRET,
      ['api.jwt_secret', 'app.mode'],
      'must be at least 32 characters in production',
    ],
    [
      !isWellKnown(api.jwtSecret),
      ['api.jwt_secret'],
      'must not be a value from a template in production; make one with `openssl rand -base64 48`',
    ],
    [
      api.jwtSecret.length < LEAST_SECRET || !isGuessable(api.jwtSecret),
      ['api.jwt_secret'],
      `must not be ${PATTERN} in production; make one with \`openssl rand -base64 48\``,
    ],
    [
      api.jwtVerificationSecrets.every((secret) => secret.length >= LEAST_SECRET && !isWellKnown(secret)),
      ['api.jwt_verification_secrets'],
      'must each be at least 32 characters in production, and none a value from a template',
    ],
    [
      !api.jwtVerificationSecrets.some((secret) => secret.length >= LEAST_SECRET && isGuessable(secret)),
      ['api.jwt_verification_secrets'],
      `must not contain ${PATTERN} in production`,
    ],
    [
      [app.secretsKey, ...app.secretsPreviousKeys].every((key) => key === '' || key.length >= LEAST_SECRET),
      ['app.secrets_key', 'app.secrets_previous_keys'],
      'must be at least 32 characters in production, as must app.secrets_previous_keys; make one with `openssl rand -base64 32`',
    ],
    [
      app.secretsKey.length < LEAST_SECRET || !(isWellKnown(app.secretsKey) || isGuessable(app.secretsKey)),
      ['app.secrets_key'],
      `must not be a value from a template or ${PATTERN} in production; make one with \`openssl rand -base64 32\``,
    ],
    [
      !api.trustedProxies.some(isTooWide),
      ['api.trusted_proxies'],
      `must not contain ${api.trustedProxies.find(isTooWide) ?? ''} in production: every client could claim any address; name the proxy's own address or network`,
    ],
    [
      backup.key === '' || !(isWellKnown(backup.key) || isGuessable(backup.key)),
      ['backup.key'],
      `must not be a well-known default or ${PATTERN} in production; make one with \`openssl rand -base64 32\``,
    ],
    [
      database.host !== '',
      ['database.host'],
      'must name a TimescaleDB server in production; the embedded database is for development',
    ],
    [database.password !== '', ['database.password'], 'must be set in production'],
    [
      database.password === '' || !(isWellKnown(database.password) || isGuessable(database.password)),
      ['database.password'],
      `must not be a well-known default or ${PATTERN} in production; make one with \`openssl rand -base64 32\``,
    ],
    [
      database.sslMode !== 'disable',
      ['database.ssl_mode'],
      'must not be disable in production; allowed is require, verify-ca or verify-full',
    ],
    [api.cookieSecure, ['api.cookie_secure'], 'must be true in production'],
    [api.cookieHttpOnly, ['api.cookie_http_only'], 'must be true in production'],
    [
      !api.cors.allowedOrigins.some((origin) => origin.includes('*')),
      ['api.cors.allowed_origins'],
      'must not contain * in production; list the origins',
    ],
    [
      !keda.enabled || (keda.tlsCertFile !== '' && keda.clientCaFile !== ''),
      ['keda.client_ca_file', 'keda.tls_cert_file', 'keda.enabled'],
      'and keda.tls_cert_file must be set in production where keda.enabled is true: without them anybody who reaches the port may ask for the counts',
    ],
    [
      scaler.instances === 'single' || websocket.adapter === 'postgres',
      ['websocket.adapter', 'scaler.instances'],
      'must be postgres in production where scaler.instances is shared, or pages miss what other instances do',
    ],
  ]);
}

/** What is wrong in any mode. */
export function contradictions({
  alerts,
  analyzer,
  collector,
  api,
  keda,
  prometheus,
  database,
  tracing,
  websocket,
}: AppConfig): BrokenRule[] {
  return broken([
    [
      alerts.webhookUrl === '' || /^https?:$/.test(URL.parse(alerts.webhookUrl)?.protocol ?? ''),
      ['alerts.webhook_url'],
      'must be an http or https URL',
    ],
    [
      alerts.webhookUrl === '' || alerts.webhookSecret.length >= LEAST_WEBHOOK_SECRET,
      ['alerts.webhook_secret', 'alerts.webhook_url'],
      `must be at least ${LEAST_WEBHOOK_SECRET} characters where alerts.webhook_url is set; make one with \`openssl rand -base64 32\``,
    ],
    [
      (keda.tlsCertFile === '') === (keda.tlsKeyFile === ''),
      ['keda.tls_key_file', 'keda.tls_cert_file'],
      'must be set where keda.tls_cert_file is, and only there',
    ],
    [
      keda.clientCaFile === '' || keda.tlsCertFile !== '',
      ['keda.client_ca_file', 'keda.tls_cert_file'],
      'needs keda.tls_cert_file: certificates of clients are part of TLS',
    ],
    [
      analyzer.cpuLow < analyzer.cpuHigh,
      ['analyzer.cpu_low', 'analyzer.cpu_high'],
      `(${analyzer.cpuLow}) must be below analyzer.cpu_high (${analyzer.cpuHigh})`,
    ],
    [
      analyzer.memoryLow < analyzer.memoryHigh,
      ['analyzer.memory_low', 'analyzer.memory_high'],
      `(${analyzer.memoryLow}) must be below analyzer.memory_high (${analyzer.memoryHigh})`,
    ],
    [
      analyzer.emergency >= analyzer.cpuHigh,
      ['analyzer.emergency', 'analyzer.cpu_high'],
      `(${analyzer.emergency}) must not be below analyzer.cpu_high (${analyzer.cpuHigh})`,
    ],
    [
      api.lockout.first <= api.lockout.longest,
      ['api.lockout.first', 'api.lockout.longest'],
      'must not be longer than api.lockout.longest',
    ],
    [
      collector.timeout < collector.interval,
      ['collector.timeout', 'collector.interval'],
      'must be shorter than collector.interval, or ticks would overlap',
    ],
    [
      websocket.adapter === 'memory' || database.host !== '' || database.directHost !== '',
      ['websocket.adapter', 'database.host'],
      'is postgres, which needs a server: the embedded database serves one connection; allowed without database.host is memory',
    ],
    [
      !prometheus.enabled || prometheus.port === 0 || prometheus.port !== api.port,
      ['prometheus.port', 'prometheus.enabled', 'api.port'],
      `(${prometheus.port}) must not be api.port; allowed is any other, such as 9090`,
    ],
    [
      tracing.endpoint === '' ||
        (URL.canParse(tracing.endpoint) && /^https?:$/.test(new URL(tracing.endpoint).protocol)),
      ['tracing.endpoint'],
      'is not valid; allowed is an http or https URL such as http://otel-collector:4318/v1/traces',
    ],
    [
      database.sslCaFile === '' || database.sslMode !== 'disable',
      ['database.ssl_ca_file', 'database.ssl_mode'],
      'has no effect while database.ssl_mode is disable; allowed with it is verify-full, verify-ca or require',
    ],
  ]);
}

function isWellKnown(secret: string): boolean {
  return WELL_KNOWN.includes(secret.toLowerCase());
}

type Rule = readonly [holds: boolean, keys: BrokenRule['keys'], problem: string];

function broken(rules: readonly Rule[]): BrokenRule[] {
  return rules.filter(([holds]) => !holds).map(([, keys, problem]) => ({ keys, problem }));
}
