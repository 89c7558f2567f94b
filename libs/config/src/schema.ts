import { z } from 'zod';
import {
  choice,
  duration,
  flag,
  list,
  MODULES,
  number,
  optionalFlag,
  ORIGINS,
  PROXIES,
  secret,
  secrets,
  text,
  timeout,
  url,
  URLS,
} from './fields.js';

/** Every key of the configuration in its YAML form, with description, default and allowed values. */
export const SCHEMA = z.strictObject({
  app: z
    .strictObject({
      mode: choice(
        ['development', 'production', 'test'],
        'development',
        'production enforces the security rules and logs JSON',
      ),
      log_level: choice(
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
        'info',
        'the least severe level that is logged',
      ),
      log_file: text(
        '',
        'file that receives the log beside standard output, reopened on SIGHUP; empty: none',
        'a path',
      ),
      shutdown_timeout: timeout('20s', 'how long a graceful stop may take', '1s'),
      secrets_key: secret(
        '',
        'encrypts the secrets of connections; in development, where it is empty, one is generated and stored beside database.data_dir; in production, where it is empty, no secret is stored',
      ),
      secrets_previous_keys: secrets(
        'further keys that secrets of connections may be encrypted with, until `autoscaler rotate-secrets` has encrypted them with secrets_key',
      ),
    })
    .prefault({}),
  database: z
    .strictObject({
      host: text('', 'server; empty: the embedded TimescaleDB', 'a host name or address'),
      port: number(5432, 1, 65_535, 'port of the server'),
      direct_host: text(
        '',
        'the server itself, where host is a pooler in transaction mode, which notifications do not pass; empty: host',
        'a host name or address',
      ),
      direct_port: number(0, 0, 65_535, 'port of direct_host; 0: port'),
      user: text('autoscaler', 'role to log in as'),
      password: secret('', 'password of the role'),
      name: text('autoscaler', 'database on the server'),
      ssl_mode: choice(
        ['disable', 'require', 'verify-ca', 'verify-full'],
        'disable',
        'require encrypts; verify-ca also checks who signed the certificate; verify-full also checks the host name',
      ),
      ssl_ca_file: text(
        '',
        'certificate authority (PEM) for verify-ca and verify-full; empty: those that the system trusts; with it, require verifies like verify-ca, as in libpq',
        'a path',
      ),
      max_connections: number(20, 1, 1000, 'connections in the pool (the embedded database always has one)'),
      conn_max_lifetime: timeout('30m', 'a connection older than this is replaced; 0: never'),
      conn_max_idle_time: timeout('5m', 'an unused connection is closed after this; 0: never'),
      connect_timeout: timeout('10s', 'how long one attempt to connect may take', '100ms'),
      connect_retries: number(5, 0, 100, 'further attempts to reach the server at start'),
      statement_timeout: timeout(
        '30s',
        'a statement that takes longer is cancelled by the server; without an answer 10 s later the connection is dropped; 0: never, for poolers that refuse the parameter',
      ),
      data_dir: text('.data/database', 'folder of the embedded database; `memory` keeps it in memory', 'a path'),
      migrate_on_start: flag(true, 'bring the schema up to date at start'),
      compress_after: duration(
        '7d',
        'samples, observations, decisions and forecasts older than this are compressed',
        '1h',
      ),
      retention: z
        .strictObject({
          samples: duration('30d', 'how long samples are kept', '1h'),
          // Hourly aggregates are refreshed for the last three hours; rows dropped earlier would be missing from them.
          observations: duration('90d', 'how long per-tick observations are kept', '3h'),
          decisions: duration('90d', 'how long decisions are kept', '1h'),
          forecasts: duration('90d', 'how long forecasts are kept', '1h'),
          aggregates: duration('365d', 'how long summaries by minute and by hour are kept', '1d'),
          backtests: duration('90d', 'how long backtests are kept once they have ended', '1h'),
        })
        .prefault({}),
    })
    .prefault({}),
  backup: z
    .strictObject({
      dir: text('.data/backups', 'folder that `autoscaler backup` writes to', 'a path'),
      key: secret(
        '',
        'encrypts backups: a passphrase, or a key of age (AGE-SECRET-KEY-1… or, to encrypt only, age1…); empty: not encrypted',
      ),
      retention: duration('30d', 'older backups are removed after the next one, the newest never', '1h'),
    })
    .prefault({}),
  collector: z
    .strictObject({
      interval: duration('10s', 'time between ticks of a cluster that states no interval of its own', '100ms'),
      timeout: timeout('2s', 'how long one collection of a cluster may take, retries included', '10ms'),
      retries: number(2, 0, 10, 'further attempts within the timeout'),
      concurrency: number(64, 1, 1024, 'requests under way at once, for each connection to a provider'),
      max_sample_age: duration('30s', 'an older sample is stale', '100ms'),
      breaker_failures: number(
        5,
        1,
        1000,
        'failed requests in a row after which the circuit breaker of an endpoint opens',
      ),
      breaker_cooldown: duration(
        '15s',
        'how long the circuit breaker stays open, for each cluster of the endpoint',
        '100ms',
      ),
      simulator_url: url('http://127.0.0.1:9000', 'the simulated cloud'),
      allowed_urls: list([], 'servers that connections of providers may lead to, beside the simulator', URLS),
    })
    .prefault({}),
  providers: z
    .strictObject({
      plugins: list([], 'further providers, loaded at start; their code runs as the service', MODULES),
      aws: z
        .strictObject({
          allow_ambient: flag(
            false,
            'let connections use the AWS identity of the service: instance profile, web identity or environment',
          ),
        })
        .prefault({}),
      kubernetes: z
        .strictObject({
          allow_ambient: flag(false, 'let connections use the service account of the pod that the service runs in'),
        })
        .prefault({}),
    })
    .prefault({}),
  analyzer: z
    .strictObject({
      cpu_high: number(80, 1, 100, 'CPU % above which a cluster is too small', true),
      cpu_low: number(30, 0, 99, 'CPU % below which a cluster is too large', true),
      memory_high: number(85, 1, 100, 'memory % above which a cluster is too small', true),
      memory_low: number(40, 0, 99, 'memory % below which a cluster may shrink', true),
      sustained_high: duration('1m', 'how long it must stay high without interruption'),
      sustained_low: duration('5m', 'how long it must stay low without interruption'),
      trend_window: duration(
        '5m',
        'CPU that rises so that it reaches cpu_high within this time counts as high; 0: off',
      ),
      spike_points: number(30, 1, 100, 'a rise of CPU by this many points within spike_window scales up at once', true),
      spike_window: duration('1m', 'see spike_points; 0: off'),
      emergency: number(95, 1, 100, 'CPU or memory % at which the cluster scales up despite the cooldown', true),
    })
    .prefault({}),
  decision: z
    .strictObject({
      cooldown_up: duration('2m', 'time after a scale-up before the next one'),
      cooldown_down: duration('5m', 'time after any scaling before a scale-down'),
      scale_up_step: number(2, 1, 1000, 'servers added at once'),
      scale_down_step: number(1, 1, 1000, 'servers removed at once'),
      emergency_step: number(4, 1, 1000, 'servers added at once in an emergency'),
    })
    .prefault({}),
  scaler: z
    .strictObject({
      timeout: timeout('5s', 'how long a request to a provider may take, retries included', '10ms'),
      retries: number(2, 0, 10, 'further attempts within the timeout'),
      max_servers: number(1000, 1, 20_000, 'the highest max_servers that a cluster may have'),
      wake_interval: timeout('1s', 'how often the loop checks for clusters that are due', '10ms'),
      instances: choice(
        ['single', 'shared'],
        'single',
        'single: this process ticks all clusters and must be the only one; shared: all instances on the database share the clusters',
      ),
      journal_limit: duration(
        '15m',
        'how long after the last read of the database clusters are still scaled up (never down) while it is down, with the intents in a local journal; 0: not at all',
        '0',
        '1d',
      ),
      journal_dir: text('', 'folder of that journal; empty: `journal` beside database.data_dir', 'a path'),
    })
    .prefault({}),
  backtests: z
    .strictObject({
      concurrency: number(1, 1, 64, 'backtests that this process runs at once, each in its own thread'),
      max_per_user: number(3, 1, 1000, 'backtests that a user may have queued or running'),
      max_per_cluster: number(100, 1, 100_000, 'ended backtests kept per cluster; the oldest are removed first'),
      timeout: duration('30m', 'how long one backtest may take', '1s'),
    })
    .prefault({}),
  api: z
    .strictObject({
      host: text('127.0.0.1', 'address to listen on', 'an address'),
      port: number(8080, 0, 65_535, 'port to listen on'),
      jwt_secret: secret(
        '',
        'key that signs tokens; in development, where it is empty, one is generated and stored beside database.data_dir',
      ),
      jwt_verification_secrets: secrets(
        'further keys whose tokens are accepted: the one before while its logins last, or the next one before it signs',
      ),
      jwt_expiration: duration('24h', 'how long a login lasts', '1m'),
      cookie_secure: flag(false, 'send the cookie over HTTPS only'),
      cookie_http_only: flag(true, 'keep the cookie from scripts'),
      open_registration: optionalFlag(
        'whether anyone can register; unset: in development yes, in production only the first user',
      ),
      rate_limit: number(60, 1, 1_000_000, 'requests per minute and address'),
      auth_rate_limit: number(5, 1, 1_000_000, 'logins and registrations per minute and address'),
      lockout: z
        .strictObject({
          account_failures: number(10, 1, 10_000, 'failed logins in a row after which an account is locked'),
          address_failures: number(50, 1, 100_000, 'failed logins after which an address (of IPv6 its /64) is locked'),
          first: duration('1m', 'how long the first lock lasts; each further failure doubles it', '1s'),
          longest: duration('1h', 'the longest that a lock lasts', '1s'),
          forget_after: duration('24h', 'failures are forgotten after this time without another', '1m'),
        })
        .prefault({}),
      trusted_proxies: list([], 'proxies whose X-Forwarded-For is trusted', PROXIES),
      body_limit: number(10_485_760, 1024, 104_857_600, 'largest request body in bytes'),
      read_timeout: duration('30s', 'how long receiving a request may take', '100ms'),
      write_timeout: timeout('30s', 'how long answering a request may take', '100ms'),
      idle_timeout: duration('120s', 'how long an idle connection is kept open', '100ms'),
      cors: z
        .strictObject({
          allowed_origins: list([], 'pages of other origins that may call the API', ORIGINS),
        })
        .prefault({}),
    })
    .prefault({}),
  websocket: z
    .strictObject({
      adapter: choice(
        ['memory', 'postgres'],
        'memory',
        'how live events reach the sockets of other instances: postgres by notifications of the database; memory is for a single one',
      ),
      max_connections: number(1000, 1, 1_000_000, 'logged-in sockets at once, of each instance'),
      max_per_user: number(100, 1, 1_000_000, 'of these, sockets of one account'),
      max_anonymous: number(
        200,
        1,
        100_000,
        'sockets that have not logged in, of each instance; where there are more, the oldest is closed',
      ),
      max_anonymous_per_address: number(50, 1, 100_000, 'the same for one address (of IPv6 its /64)'),
      login_timeout: timeout('5s', 'a socket that has not logged in after this is closed', '100ms'),
      ping_interval: timeout('30s', 'time between pings', '100ms'),
      max_message_size: number(1_048_576, 1024, 104_857_600, 'largest message from a client in bytes'),
      replay_window: duration('5m', 'how far back a client that reconnects can catch up'),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      webhook_url: secret(
        '',
        'where critical and warning alerts of all clusters are posted, an http or https URL; empty: nowhere',
      ),
      webhook_secret: secret('', 'signs what is posted there (HMAC-SHA256), at least 16 characters'),
      allowed_urls: list([], 'servers that accounts may name in webhooks of their own', URLS),
    })
    .prefault({}),
  keda: z
    .strictObject({
      enabled: flag(false, 'answer KEDA as an external scaler (gRPC)'),
      host: text('127.0.0.1', 'address to listen on', 'an address'),
      port: number(9091, 0, 65_535, 'port to listen on'),
      tls_cert_file: text('', 'certificate of the server (PEM); empty: no TLS', 'a path'),
      tls_key_file: text('', 'its key (PEM)', 'a path'),
      client_ca_file: text(
        '',
        'authority (PEM) whose certificates clients must have, which makes it mutual TLS; empty: any client may ask',
        'a path',
      ),
    })
    .prefault({}),
  tracing: z
    .strictObject({
      endpoint: text(
        '',
        'where spans of requests and ticks are sent to, OTLP over HTTP, such as http://otel-collector:4318/v1/traces; empty: off',
        'an http or https URL',
      ),
      sample: number(0.1, 0, 1, 'share of traces that are recorded', true),
    })
    .prefault({}),
  prometheus: z
    .strictObject({
      enabled: flag(true, 'expose metrics to Prometheus'),
      host: text('127.0.0.1', 'address to listen on', 'an address'),
      port: number(9090, 0, 65_535, 'port to listen on'),
      per_cluster: flag(true, 'expose gauges for each cluster beside the totals'),
    })
    .prefault({}),
});

/** The configuration as written. */
export type RawConfig = z.output<typeof SCHEMA>;

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type Camelised<T> = T extends readonly unknown[]
  ? readonly string[]
  : T extends object
    ? { readonly [K in keyof T as K extends string ? Camel<K> : never]: Camelised<T[K]> }
    : T;

/** The configuration in code: `camelCase`, durations in milliseconds. */
export type AppConfig = Camelised<RawConfig>;
