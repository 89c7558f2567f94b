import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** Connection parameters for `pg`. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A temporary database on a server, initially empty. */
export class DatabaseOnServer {
  private constructor(
    private readonly url: URL,
    private readonly name: string,
  ) {}

  /** @param url of any database of the server, with a role that may create databases */
  static async create(url: URL): Promise<DatabaseOnServer> {
    const database = new DatabaseOnServer(url, `bench_${randomUUID().replaceAll('-', '')}`);
    await database.administer(`CREATE DATABASE ${database.name}`);
    return database;
  }

  async drop(): Promise<void> {
    await this.administer(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }

  get connection(): Connection {
    return {
      host: this.url.hostname,
      port: Number(this.url.port === '' ? '5432' : this.url.port),
      user: decodeURIComponent(this.url.username),
      password: decodeURIComponent(this.url.password),
      database: this.name,
    };
  }

  /** Environment variables that make the service use it. */
  environment(): Record<string, string> {
    const { host, port, user, password, database } = this.connection;
    return {
      AUTOSCALER_DATABASE_HOST: host,
      AUTOSCALER_DATABASE_PORT: String(port),
      AUTOSCALER_DATABASE_USER: user,
      AUTOSCALER_DATABASE_PASSWORD: password,
      AUTOSCALER_DATABASE_NAME: database,
    };
  }

  private async administer(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url.href });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
