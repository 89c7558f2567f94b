import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { AppConfig } from '#config';
import { MIGRATIONS } from '../../../migrations/index.js';
import { DatabaseError } from './database.error.js';
import { EmbeddedDatabase, type EmbeddedOptions } from './embedded/embedded-database.js';
import { KEEP_ALIVE_MS } from './keep-alive.js';
import { StatementLogger } from './statement.logger.js';
import { tlsOptions } from './tls.js';
import { WatchedClient } from './watched-client.js';

type DatabaseConfig = AppConfig['database'];
type Entities = NonNullable<DataSourceOptions['entities']>;

const RETRY_AFTER_MS = 1000;

/** A data source that stops its embedded database, if any, when it is destroyed. */
export class Database extends DataSource {
  constructor(
    options: DataSourceOptions,
    readonly embedded: EmbeddedDatabase | undefined,
  ) {
    super(options);
  }

  override async destroy(): Promise<void> {
    try {
      await super.destroy();
    } finally {
      await this.embedded?.stop();
    }
  }
}

/**
 * Connects to the server that the configuration names, or starts the embedded database.
 *
 * @throws DatabaseError `failed to ping database` with host, port and cause, after `database.connect_retries` further attempts
 */
export async function openDatabase(
  config: DatabaseConfig,
  entities: Entities = [],
  embeddedOptions: Omit<EmbeddedOptions, 'dataDir'> = {},
): Promise<Database> {
  const logger = new Logger('Database');
  if (config.host !== '') return connect(config, entities, logger);
  const embedded = await EmbeddedDatabase.start({
    dataDir: config.dataDir,
    onCrash: (error) => logger.error(`the embedded database crashed, restarting it: ${error.message}`),
    ...embeddedOptions,
  });
  try {
    return await new Database(embeddedDataSource(embedded, entities, logger), embedded).initialize();
  } catch (error) {
    await embedded.stop();
    throw failedPing('the embedded database', error);
  }
}

async function connect(config: DatabaseConfig, entities: Entities, logger: Logger): Promise<Database> {
  const options = serverDataSource(config, entities, logger);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await new Database(options, undefined).initialize();
    } catch (error) {
      const failure = failedPing(`${config.host}:${config.port}`, error);
      if (attempt >= config.connectRetries || isFinal(error)) throw failure;
      logger.warn(`${failure.message}; retrying`);
      await delay(RETRY_AFTER_MS);
    }
  }
}

function common(entities: Entities) {
  return {
    type: 'postgres',
    entities,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    // Ids come from PostgreSQL's own gen_random_uuid(), which needs no extension.
    uuidExtension: 'pgcrypto',
    // The migrations create the extensions; for uuid columns TypeORM would install another one, and need the rights to do so.
    installExtensions: false,
    logger: new StatementLogger(),
  } as const;
}

function serverDataSource(config: DatabaseConfig, entities: Entities, logger: Logger): DataSourceOptions {
  return {
    ...common(entities),
    host: config.host,
    port: config.port,
    username: config.user,
    password: config.password,
    database: config.name,
    poolSize: config.maxConnections,
    connectTimeoutMS: config.connectTimeout,
    applicationName: 'autoscaler',
    // The database may restart: a broken idle connection is replaced when it is next needed.
    poolErrorHandler: (error: Error) => logger.warn(`an idle database connection failed: ${error.message}`),
    extra: {
      Client: WatchedClient,
      ssl: tlsOptions(config),
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      idleTimeoutMillis: config.connMaxIdleTime,
      maxLifetimeSeconds: Math.ceil(config.connMaxLifetime / 1000),
      statement_timeout: config.statementTimeout,
    },
  };
}

function embeddedDataSource(embedded: EmbeddedDatabase, entities: Entities, logger: Logger): DataSourceOptions {
  const { host, port, user, database } = embedded.connection;
  return {
    ...common(entities),
    host,
    port,
    username: user,
    database,
    // It has one session; a second connection would wait for the first to end.
    poolSize: 1,
    poolErrorHandler: (error: Error) => logger.warn(`the database connection failed: ${error.message}`),
    extra: { idleTimeoutMillis: 0 },
  };
}

function failedPing(where: string, error: unknown): DatabaseError {
  const cause = causeOf(error);
  const hint = HINTS.find(([pattern]) => pattern.test(`${codeOf(error)} ${cause}`))?.[1];
  return new DatabaseError(`failed to ping database (${where}): ${cause}${hint === undefined ? '' : `; ${hint}`}`, {
    cause: error,
  });
}

/** What to do about unclear errors of a connection attempt. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /ALTNAME/,
    'the certificate is not made out to database.host: use the name that it has, or database.ssl_mode verify-ca',
  ],
  [
    /CERT|SIGNATURE/,
    'the certificate is not signed by an authority of database.ssl_ca_file (or, without one, of the system)',
  ],
  [
    /does not support SSL/,
    'switch TLS on at the server (ssl = on); database.ssl_mode disable goes without, outside of production',
  ],
  [/no encryption/, 'the server wants TLS: set database.ssl_mode to require, verify-ca or verify-full'],
];

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

function causeOf(error: unknown): string {
  // Node collects the failures of several addresses in an error without a message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(causeOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** Waiting does not fix refused credentials and certificates. */
function isFinal(error: unknown): boolean {
  const code = codeOf(error);
  return /^(28|3D)|CERT|SIGNATURE/.test(code) || causeOf(error).includes('does not support SSL');
}
