import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A database of a benchmark's own on a server, empty at first. */
export class DatabaseOnServer {
  private constructor(
    private readonly url: URL,
    private readonly name: string,
  ) {}

  /** @param url of any database of the server, as somebody who may make another */
  static async create(url: URL): Promise<DatabaseOnServer> {
    const database = new DatabaseOnServer(url, `bench_${randomUUID().replaceAll('-', '')}`);
    await database.administer(`CREATE DATABASE ${database.name}`);
    return database;
  }

  async drop(): Promise<void> {
    await this.administer(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }

  /** What has the service use it. */
  environment(): Record<string, string> {
    return {
      AUTOSCALER_DATABASE_HOST: this.url.hostname,
      AUTOSCALER_DATABASE_PORT: this.url.port === '' ? '5432' : this.url.port,
      AUTOSCALER_DATABASE_USER: decodeURIComponent(this.url.username),
      AUTOSCALER_DATABASE_PASSWORD: decodeURIComponent(this.url.password),
      AUTOSCALER_DATABASE_NAME: this.name,
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
