import pg from 'pg';
import type { AppConfig } from '#config';
import { KEEP_ALIVE_MS } from './keep-alive.js';
import { tlsOptions } from './tls.js';

/** Timeout of a statement on these connections, in milliseconds. */
const STATEMENT_MS = 5000;

/**
 * Separate connections to the server itself, past a pooler: session features (`LISTEN`) do not work through a pool in transaction mode.
 *
 * @param max connections at once
 * @param name `application_name` of the connections
 */
export function directPool(config: AppConfig['database'], max: number, name: string): pg.Pool {
  return new pg.Pool({
    host: config.directHost === '' ? config.host : config.directHost,
    port: config.directPort === 0 ? config.port : config.directPort,
    user: config.user,
    password: config.password,
    database: config.name,
    ssl: tlsOptions(config),
    max,
    application_name: name,
    connectionTimeoutMillis: config.connectTimeout,
    query_timeout: STATEMENT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
}
