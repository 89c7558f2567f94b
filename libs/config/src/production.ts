import type { ConfigFault } from './faults.js';
import type { AppConfig } from './schema.js';

const LEAST_SECRET = 32;
/** Values that stand in templates and guides; whoever runs with one of them runs with a secret that everybody knows. */
const WELL_KNOWN = [
  'your-super-secret-jwt-key-minimum-32-characters-long',
  'your-strong-database-password-here',
  'your-secret-key',
  'your-db-password',
  'your-secret',
  'postgres',
  'password',
  'autoscaler',
  'changeme',
];

/** What the deployment guide's security checklist forbids in production. */
export function productionFaults(config: AppConfig): ConfigFault[] {
  if (config.app.mode !== 'production') return [];
  const faults: ConfigFault[] = [];
  const require = (holds: boolean, key: string, problem: string): void => {
    if (!holds) faults.push({ key, problem });
  };
  const { api, database } = config;
  require(api.jwtSecret.length >= LEAST_SECRET, 'api.jwt_secret', 'must be at least 32 characters in production');
  require(!WELL_KNOWN.includes(
    api.jwtSecret,
  ), 'api.jwt_secret', 'must not be a value from a template in production; make one with `openssl rand -base64 48`');
  require(database.host !==
    '', 'database.host', 'must name a TimescaleDB server in production; the embedded database is for development');
  require(database.password !== '', 'database.password', 'must be set in production');
  require(!WELL_KNOWN.includes(
    database.password,
  ), 'database.password', 'must not be a well-known default in production; make one with `openssl rand -base64 32`');
  require(database.sslMode !==
    'disable', 'database.ssl_mode', 'must not be disable in production; allowed is require, verify-ca or verify-full');
  require(api.cookieSecure, 'api.cookie_secure', 'must be true in production');
  require(api.cookieHttpOnly, 'api.cookie_http_only', 'must be true in production');
  require(!api.cors.allowedOrigins.some((origin) =>
    origin.includes('*'),
  ), 'api.cors.allowed_origins', 'must not contain * in production; list the origins');
  return faults;
}

/** What cannot be right in any mode. */
export function contradictions(config: AppConfig): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const { analyzer } = config;
  if (analyzer.cpuLow >= analyzer.cpuHigh) {
    faults.push({
      key: 'analyzer.cpu_low',
      problem: `(${analyzer.cpuLow}) must be below analyzer.cpu_high (${analyzer.cpuHigh})`,
    });
  }
  if (analyzer.memoryLow >= analyzer.memoryHigh) {
    faults.push({
      key: 'analyzer.memory_low',
      problem: `(${analyzer.memoryLow}) must be below analyzer.memory_high (${analyzer.memoryHigh})`,
    });
  }
  if (config.collector.timeout >= config.collector.interval) {
    faults.push({
      key: 'collector.timeout',
      problem: 'must be shorter than collector.interval, or ticks would overlap',
    });
  }
  return faults;
}
