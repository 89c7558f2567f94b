import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { migrationStatus } from './migrate.js';

/** Connections of the pool; `waiting` counts queries that wait for one. */
export interface PoolStatistics {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

@Injectable()
export class DatabaseHealth {
  private migrated = false;

  constructor(private readonly dataSource: DataSource) {}

  /** @throws when the database does not answer */
  async ping(): Promise<void> {
    await this.dataSource.query('SELECT 1');
  }

  /** Whether the schema is the one that this program was built for. */
  async isMigrated(): Promise<boolean> {
    // A schema never goes back under a running program, so a positive result is cached.
    if (!this.migrated) {
      const { pending, unknown } = await migrationStatus(this.dataSource);
      this.migrated = pending.length === 0 && unknown.length === 0;
    }
    return this.migrated;
  }

  pool(): PoolStatistics {
    const { master } = this.dataSource.driver as unknown as {
      master: { totalCount: number; idleCount: number; waitingCount: number };
    };
    return { total: master.totalCount, idle: master.idleCount, waiting: master.waitingCount };
  }
}
