import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from './faults.js';
import { keysOf } from './keys.js';
import { ConfigFiles } from '../test/config-files.js';
import { configOf, loadConfig } from './load.js';

let files: ConfigFiles;
beforeEach(() => {
  files = new ConfigFiles();
});
afterEach(() => files.remove());

const load: ConfigFiles['load'] = (yaml, env) => files.load(yaml, env);
const faultsOf: ConfigFiles['faultsOf'] = (yaml, env) => files.faultsOf(yaml, env);

const PRODUCTION = `
app: { mode: production }
database: { host: db.example.com, password: pD2kdkw93kfK, ssl_mode: require }
api: { jwt_secret: oPbVYvK2Xz0m3m1b1wWqKq7uJtSgEw9d, cookie_secure: true }
`;

describe('loading', () => {
  it('applies defaults, file, references and environment, in that order', () => {
    const { config, sources } = load(
      `
app: { log_level: warn }
collector: { interval: "\${TICK:-20s}" }
api: { port: "\${PORT}", jwt_secret: "\${SECRET:?set it}", cors: { allowed_origins: ["https://a.example", "\${NONE:-}"] } }
`,
      {
        PORT: '8443',
        SECRET: 'abc',
        AUTOSCALER_APP_LOG_LEVEL: 'debug',
        AUTOSCALER_API_CORS_ALLOWED_ORIGINS: 'https://b.example, https://c.example',
      },
    );
    expect(config.app.logLevel).toBe('debug');
    expect(config.app.shutdownTimeout).toBe(20_000);
    expect(config.collector.interval).toBe(20_000);
    expect(config.api.port).toBe(8443);
    expect(config.api.jwtSecret).toBe('abc');
    expect(config.api.cors.allowedOrigins).toEqual(['https://b.example', 'https://c.example']);
    expect(sources.get('app.log_level')).toBe('$AUTOSCALER_APP_LOG_LEVEL');
    expect(sources.get('app.mode')).toBe('default');
    expect(sources.get('api.port')).toContain('($PORT)');
  });

  it('accepts a value from the environment for an unresolved reference of the file', () => {
    const { config } = load('api: { jwt_secret: "${SECRET:?set it}" }', { AUTOSCALER_API_JWT_SECRET: 'abc' });
    expect(config.api.jwtSecret).toBe('abc');
  });

  it.each(['api:', 'api: { port: }', 'api: { cors: }', 'database:\napi:\n  port: # 8080\n', ''])(
    'treats a key without a value as unset: %j',
    (yaml) => {
      expect(load(yaml).config.api.port).toBe(8080);
    },
  );

  it('ignores Kubernetes service variables with our prefix', () => {
    const links = {
      AUTOSCALER_SERVICE_HOST: '10.0.0.1',
      AUTOSCALER_SERVICE_PORT: '8080',
      AUTOSCALER_SERVICE_PORT_HTTP: '8080',
      AUTOSCALER_PORT: 'tcp://10.0.0.1:8080',
      AUTOSCALER_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      AUTOSCALER_PORT_8080_TCP_ADDR: '10.0.0.1',
      AUTOSCALER_API_PORT: 'tcp://10.0.0.1:8080',
      AUTOSCALER_API_SERVICE_PORT: '8080',
    };
    const { config, sources } = load('', links);
    expect(config.api.port).toBe(8080);
    expect(sources.get('api.port')).toBe('default');
  });

  it('gives every key its own variable that overrides it', () => {
    const variables = keysOf().map(({ variable }) => variable);
    expect(new Set(variables).size).toBe(variables.length);
    const overridden = keysOf().filter(({ fallback }) => fallback !== undefined && !Array.isArray(fallback));
    const env = Object.fromEntries(overridden.map(({ variable, fallback }) => [variable, String(fallback)]));
    const { config, sources } = load('', env);
    expect(config).toEqual(load('').config);
    for (const { key, variable } of overridden) expect(sources.get(key)).toBe(`$${variable}`);
  });

  it('splits a list from a single variable', () => {
    const yaml = 'api: { cors: { allowed_origins: ["${ORIGINS}"] } }';
    expect(load(yaml, { ORIGINS: 'https://a.example,https://b.example' }).config.api.cors.allowedOrigins).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
  });

  it('keeps an escaped reference unchanged', () => {
    expect(load('database: { password: "a$${B}c$d" }').config.database.password).toBe('a${B}c$d');
  });

  it('drops empty list items', () => {
    expect(load('api: { cors: { allowed_origins: ["${ORIGIN:-}"] } }').config.api.cors.allowedOrigins).toEqual([]);
  });

  it.each(['12345', '007', '1e5', '0x1F', '12345678901234567890', '1.50'])('reads the secret %s as written', (text) => {
    expect(load(`database: { password: ${text} }`).config.database.password).toBe(text);
  });

  it('reads numbers in any YAML notation', () => {
    const { api, analyzer } = load('api: { port: 0x1F90, rate_limit: +5 }\nanalyzer: { spike_points: 3e1 }').config;
    expect([api.port, api.rateLimit, analyzer.spikePoints]).toEqual([8080, 5, 30]);
  });

  it('works without a file', () => {
    expect(loadConfig({ env: {} }).config.api.rateLimit).toBe(60);
  });

  it.each(['dev', 'test'])('accepts config.%s.yaml unchanged', (name) => {
    expect(() => loadConfig({ file: `config/config.${name}.yaml`, env: {} })).not.toThrow();
  });

  it('accepts config.prod.yaml once its variables are set, and names missing ones', () => {
    const env = { DB_HOST: 'db', DB_PASSWORD: 'kdI3kd93kdmb', JWT_SECRET: 'oPbVYvK2Xz0m3m1b1wWqKq7uJtSgEw9d' };
    expect(loadConfig({ file: 'config/config.prod.yaml', env }).config.app.mode).toBe('production');
    expect(() => loadConfig({ file: 'config/config.prod.yaml', env: {} })).toThrow(
      /DB_PASSWORD: make one with openssl[\s\S]*JWT_SECRET: make one with openssl/,
    );
  });
});

describe('the deployment guide', () => {
  const variables = { DB_HOST: 'db', DB_PASSWORD: 'kdI3kd93kdmb', JWT_SECRET: 'oPbVYvK2Xz0m3m1b1wWqKq7uJtSgEw9d' };

  it('names keys and tuning that config.prod.yaml contains', () => {
    const env = { ...variables, ALLOWED_ORIGIN: 'https://yourdomain.com', API_PORT: '8081' };
    const { app, api, database, websocket, prometheus } = loadConfig({ file: 'config/config.prod.yaml', env }).config;
    expect(app).toMatchObject({ mode: 'production', logLevel: 'info', logFile: 'logs/autoscaler.log' });
    expect(database).toMatchObject({
      sslMode: 'require',
      maxConnections: 50,
      connMaxLifetime: 30 * 60_000,
      connMaxIdleTime: 5 * 60_000,
    });
    expect(api).toMatchObject({
      port: 8081,
      jwtSecret: variables.JWT_SECRET,
      cookieSecure: true,
      cookieHttpOnly: true,
      rateLimit: 60,
      authRateLimit: 5,
      bodyLimit: 10 * 1024 * 1024,
      readTimeout: 30_000,
      writeTimeout: 30_000,
      idleTimeout: 120_000,
      cors: { allowedOrigins: ['https://yourdomain.com'] },
    });
    expect(websocket).toMatchObject({ maxConnections: 1000, pingInterval: 30_000, maxMessageSize: 1_048_576 });
    expect(prometheus).toMatchObject({ enabled: true, port: 9090 });
  });

  it('names variables that work', () => {
    const env = {
      AUTOSCALER_APP_MODE: 'production',
      AUTOSCALER_DATABASE_HOST: 'db.example.com',
      AUTOSCALER_API_JWT_SECRET: 'Lr8sD0yQn5cUeA2hTfZ6xMjKi9oWbV1g',
      AUTOSCALER_APP_LOG_LEVEL: 'debug',
    };
    const { app, api, database } = loadConfig({
      file: 'config/config.prod.yaml',
      env: { ...variables, ...env },
    }).config;
    expect(app).toMatchObject({ mode: 'production', logLevel: 'debug' });
    expect(database.host).toBe('db.example.com');
    expect(api.jwtSecret).toBe(env.AUTOSCALER_API_JWT_SECRET);
  });

  it('reports a single fault in the documented words', () => {
    const env = { ...variables, JWT_SECRET: 'short' };
    expect(() => loadConfig({ file: 'config/config.prod.yaml', env })).toThrow(
      /^api\.jwt_secret must be at least 32 characters in production$/,
    );
  });
});

describe('faults', () => {
  it('are reported all at once, each with key, problem and what is allowed', () => {
    expect(
      faultsOf(`
app: { log_level: loud }
database: { port: 70000, conn_max_lifetime: soon }
collector: { interval: 50ms, timeout: 20ms }
api: { cookie_secure: maybe }
`),
    ).toEqual([
      expect.stringMatching(/^app\.log_level is not valid .*allowed is one of trace, debug/),
      expect.stringMatching(/^database\.port is not valid .*allowed is a whole number from 1 to 65535/),
      expect.stringMatching(/^database\.conn_max_lifetime "soon" is not a duration; allowed is a duration such as/),
      expect.stringMatching(/^collector\.interval "50ms" is too short; allowed is .* at least 100ms/),
      expect.stringMatching(/^api\.cookie_secure is not valid .*allowed is true or false/),
    ]);
  });

  it('of a value do not hide rules broken by other values', () => {
    expect(
      faultsOf(`
app: { mode: production }
api: { port: http, jwt_secret: short, cors: { allowed_origins: ["*"] } }
database: { host: "\${HOST:?name it}", ssl_mode: tls, password: fk3kd93kd }
colector: {}
`).map((fault) => fault.slice(0, fault.indexOf(' '))),
    ).toEqual([
      'database.host',
      'database.ssl_mode',
      'api.port',
      'colector',
      'api.jwt_secret',
      'api.cookie_secure',
      'api.cors.allowed_origins',
    ]);
  });

  it('of a missing variable are reported once', () => {
    expect(faultsOf('analyzer: { cpu_high: "${NOPE}", cpu_low: 85 }')).toEqual([
      'analyzer.cpu_high needs the environment variable NOPE: is not set',
    ]);
  });

  it.each(['${NOPE-x}', '${1}', '${NOPE:x}', '${', '${A', '${}', '${NOPE:-${OTHER}}', '${NOPE:-${OTHER:-x}}'])(
    'name %s, which only looks like a reference',
    (text) => {
      expect(faultsOf(`database: { name: '${text}' }`)).toEqual([
        expect.stringMatching(/^database\.name contains \$\{.*which is not a valid reference; allowed: \$\{VAR\}/),
      ]);
    },
  );

  it.each([
    'api: { jwt_secret: "hunter2${hunter2-hunter2}" }',
    'api:\n  jwt_secret: hunter2: hunter2\n',
    'api:\n  jwt_secret: "hunter2\n',
    'api:\n  jwt_secret: *hunter2\n',
    'api:\n  jwt_secret: {hunter2}} hunter2\n',
    'collector: { simulator_url: "http://sim:hunter2@sim:9000" }',
    'collector: { allowed_urls: ["http://sim:hunter2@sim:9000"] }',
  ])('contain no secret of %j', (yaml) => {
    const faults = faultsOf(yaml);
    expect(faults).not.toEqual([]);
    expect(faults.join('\n')).not.toContain('hunter2');
  });

  it('name the position of a YAML error', () => {
    expect(faultsOf('api:\n  jwt_secret: a: b\n')).toEqual([
      expect.stringMatching(/is not valid YAML: Nested mappings are not allowed.* at line 2, column 15$/),
    ]);
  });

  it.each([
    'app.shutdown_timeout',
    'database.conn_max_lifetime',
    'database.conn_max_idle_time',
    'database.connect_timeout',
    'database.statement_timeout',
    'collector.timeout',
    'scaler.timeout',
    'scaler.wake_interval',
    'api.write_timeout',
    'websocket.ping_interval',
  ])('reject %s above the limit of timers', (key) => {
    const { variable } = keysOf().find((field) => field.key === key) ?? {};
    expect(faultsOf('', { [variable ?? '']: '30d' })).toEqual([
      `${key} "30d" is too long; allowed is ${keysOf().find((field) => field.key === key)?.allowed}`,
    ]);
  });

  it.each([
    [
      'api: { cors: { allowed_origins: [https://a.example/] } }',
      '"https://a.example/" is not valid; allowed is a list of origins',
    ],
    ['api: { cors: { allowed_origins: a.example } }', '"a.example" is not valid'],
    ['api: { cors: { allowed_origins: { a: 1 } } }', 'api.cors.allowed_origins is not valid'],
    ['api: { trusted_proxies: [10.0.0.0/33] }', '"10.0.0.0/33" is not valid; allowed is a list of addresses'],
    ['api: { trusted_proxies: [proxy] }', '"proxy" is not valid'],
    ['collector: { allowed_urls: [ftp://a] }', '"ftp://a" is not valid; allowed is a list of http or https URLs'],
    ['collector: { allowed_urls: [http://a/b] }', '"http://a/b" is not valid; allowed is a list of http or https URLs'],
    ['collector: { simulator_url: here }', 'collector.simulator_url is not valid'],
    ['collector: { simulator_url: "http://a:9000/sim" }', 'collector.simulator_url is not valid'],
    ['collector: { simulator_url: "http://a:9000?x=1" }', 'collector.simulator_url is not valid'],
    ['api: { port: 80.5 }', 'api.port is not valid'],
    ['database: { retention: { observations: 2h } }', 'database.retention.observations "2h" is too short'],
    ['api: { port: [80] }', 'api.port is not valid'],
    ['collector: { interval: 10 }', 'collector.interval "10" is not a duration'],
  ])('say what is allowed for %s', (yaml, expected) => {
    expect(faultsOf(yaml)).toEqual([expect.stringContaining(expected)]);
  });

  it.each([['10.0.0.1'], ['10.0.0.0/8, fd00::/8, ::1'], ['loopback']])(
    'are not raised for proxies such as %s',
    (proxies) => {
      expect(faultsOf('', { AUTOSCALER_API_TRUSTED_PROXIES: proxies })).toEqual([]);
    },
  );

  it.each([
    ['api: { jwt_sceret: x }', 'api.jwt_sceret is not a key of the configuration; did you mean api.jwt_secret?'],
    ['apii: { port: 1 }', 'apii is not a key of the configuration; did you mean api?'],
    ['database: { jwt_secret: x }', 'did you mean api.jwt_secret?'],
    ['api: { cors: { origins: [] } }', 'did you mean api.cors.allowed_origins?'],
  ])('name the nearest key for %s', (yaml, expected) => {
    expect(faultsOf(yaml).join()).toContain(expected);
  });

  it('name a variable that overrides nothing', () => {
    expect(faultsOf('', { AUTOSCALER_API_PROT: '1' })).toEqual([
      'AUTOSCALER_API_PROT is not a key of the configuration; did you mean api.port?',
    ]);
  });

  it('name a required variable with its message', () => {
    expect(faultsOf('api: { jwt_secret: "${NOPE:?make one}" }')).toEqual([
      'api.jwt_secret needs the environment variable NOPE: make one',
    ]);
    expect(faultsOf('api: { jwt_secret: "${NOPE}" }')).toEqual([
      'api.jwt_secret needs the environment variable NOPE: is not set',
    ]);
  });

  it.each([
    ['api: 3', 'api is not valid'],
    ['- a\n- b', 'must consist of sections'],
    ['app: [', 'is not valid YAML'],
    ['app: *nowhere', 'is not valid YAML'],
    ['app: { mode: test, mode: test }', 'is not valid YAML'],
    ['analyzer: { emergency: 70 }', 'analyzer.emergency (70) must not be below analyzer.cpu_high (80)'],
    ['prometheus: { port: 8080 }', 'prometheus.port (8080) must not be api.port'],
    ['database: { ssl_ca_file: ca.pem }', 'database.ssl_ca_file has no effect while database.ssl_mode is disable'],
    ['tracing: { endpoint: collector }', 'tracing.endpoint is not valid; allowed is an http or https URL'],
    ['api: { lockout: { first: 2h } }', 'api.lockout.first must not be longer than api.lockout.longest'],
    ['analyzer: { cpu_low: 80, cpu_high: 70 }', 'analyzer.cpu_low (80) must be below analyzer.cpu_high (70)'],
    [
      'alerts: { webhook_url: "ftp://a", webhook_secret: 0123456789abcdef }',
      'alerts.webhook_url must be an http or https URL',
    ],
    ['alerts: { webhook_url: "https://a/b" }', 'alerts.webhook_secret must be at least 16 characters'],
    ['keda: { tls_cert_file: tls.crt }', 'keda.tls_key_file must be set where keda.tls_cert_file is'],
    ['keda: { client_ca_file: ca.crt }', 'keda.client_ca_file needs keda.tls_cert_file'],
    ['collector: { interval: 1s, timeout: 1s }', 'collector.timeout must be shorter than collector.interval'],
  ])('catch %j', (yaml, expected) => {
    expect(faultsOf(yaml).join('\n')).toContain(expected);
  });

  it('name a file that cannot be read', () => {
    expect(() => loadConfig({ file: '/nowhere.yaml', env: {} })).toThrow(
      'cannot read the configuration file /nowhere.yaml',
    );
  });
});

describe('production', () => {
  it('accepts a configuration that follows the checklist', () => {
    expect(faultsOf(PRODUCTION)).toEqual([]);
  });

  it.each([
    [{ AUTOSCALER_API_JWT_SECRET: 'short' }, 'api.jwt_secret must be at least 32 characters in production'],
    [
      { AUTOSCALER_API_JWT_SECRET: 'your-super-secret-jwt-key-minimum-32-characters-long' },
      'api.jwt_secret must not be a value from a template',
    ],
    [
      { AUTOSCALER_API_JWT_VERIFICATION_SECRETS: 'Lr8sD0yQn5cUeA2hTfZ6xMjKi9oWbV1g,short' },
      'api.jwt_verification_secrets must each be at least 32 characters in production',
    ],
    [
      { AUTOSCALER_APP_SECRETS_KEY: 'short' },
      'app.secrets_key must be at least 32 characters in production, as must app.secrets_previous_keys; make one with `openssl rand -base64 32`',
    ],
    [
      { AUTOSCALER_APP_SECRETS_KEY: 'k'.repeat(48) },
      'app.secrets_key must not be a value from a template or a repeated or sequential text in production; make one with `openssl rand -base64 32`',
    ],
    [
      { AUTOSCALER_API_JWT_SECRET: 'k'.repeat(48) },
      'api.jwt_secret must not be a repeated or sequential text in production; make one with `openssl rand -base64 48`',
    ],
    [
      { AUTOSCALER_API_JWT_VERIFICATION_SECRETS: '0123456789'.repeat(4) },
      'api.jwt_verification_secrets must not contain a repeated or sequential text in production',
    ],
    [
      { AUTOSCALER_API_TRUSTED_PROXIES: '10.0.0.1,0.0.0.0/0' },
      'api.trusted_proxies must not contain 0.0.0.0/0 in production: every client could claim any address',
    ],
    [{ AUTOSCALER_API_TRUSTED_PROXIES: '::/0' }, 'api.trusted_proxies must not contain ::/0 in production'],
    [{ AUTOSCALER_DATABASE_PASSWORD: 'abcabcabcabc' }, 'database.password must not be a well-known default or'],
    [{ AUTOSCALER_BACKUP_KEY: 'a'.repeat(32) }, 'backup.key must not be a well-known default or'],
    [{ AUTOSCALER_BACKUP_KEY: 'changeme' }, 'backup.key must not be a well-known default or'],
    [{ AUTOSCALER_DATABASE_PASSWORD: '' }, 'database.password must be set in production'],
    [{ AUTOSCALER_DATABASE_PASSWORD: 'Postgres' }, 'database.password must not be a well-known default'],
    [{ AUTOSCALER_DATABASE_HOST: '' }, 'database.host must name a TimescaleDB server'],
    [{ AUTOSCALER_DATABASE_SSL_MODE: 'disable' }, 'database.ssl_mode must not be disable'],
    [{ AUTOSCALER_API_COOKIE_SECURE: 'false' }, 'api.cookie_secure must be true in production'],
    [{ AUTOSCALER_API_COOKIE_HTTP_ONLY: 'false' }, 'api.cookie_http_only must be true in production'],
    [
      { AUTOSCALER_SCALER_INSTANCES: 'shared' },
      'websocket.adapter must be postgres in production where scaler.instances is shared, or pages miss what other instances do',
    ],
    [
      { AUTOSCALER_KEDA_ENABLED: 'true', AUTOSCALER_KEDA_TLS_CERT_FILE: 'a', AUTOSCALER_KEDA_TLS_KEY_FILE: 'b' },
      'keda.client_ca_file and keda.tls_cert_file must be set in production where keda.enabled is true',
    ],
    [{ AUTOSCALER_API_CORS_ALLOWED_ORIGINS: '*' }, 'api.cors.allowed_origins must not contain * in production'],
  ])('refuses %j', (env: Record<string, string>, expected) => {
    expect(faultsOf(PRODUCTION, env).join('\n')).toContain(expected);
  });

  it('requires none of it in development', () => {
    expect(faultsOf('api: { jwt_secret: short }')).toEqual([]);
  });
});

describe('a configuration in code', () => {
  it('is validated like any other', () => {
    expect(configOf({ 'api.port': 0, 'collector.interval': '1s' }).collector.interval).toBe(1000);
    expect(() => configOf({ 'api.port': -1 })).toThrow(ConfigError);
  });
});
