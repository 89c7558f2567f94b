import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Logger, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '#config';
import { DatabaseHealth } from '#database';
import { EngineShares } from './engine.shares.js';
import { LeasedShares } from './leased.shares.js';
import { Occupancy } from './occupancy.js';
import { OccupancyStore } from './occupancy.store.js';
import { shareMetricProviders } from './share.metrics.js';
import { ShareStore } from './share.store.js';
import { Shares, SingleShares } from './shares.js';

const logger = new Logger('Shares');

function tell(message: string, error: unknown): void {
  if (error === null) logger.log(message);
  else logger.warn(`${message}: ${error instanceof Error ? error.message : 'unknown cause'}`);
}

/** Which instance ticks which clusters. */
@Module({
  providers: [
    ShareStore,
    OccupancyStore,
    ...shareMetricProviders(),
    {
      provide: Shares,
      inject: [DataSource, DatabaseHealth, ShareStore, OccupancyStore, APP_CONFIG],
      useFactory: (
        dataSource: DataSource,
        health: DatabaseHealth,
        store: ShareStore,
        occupancies: OccupancyStore,
        { scaler, database }: AppConfig,
      ) => {
        // The embedded database is locked by the process that runs it.
        if (scaler.instances === 'single' && database.host === '') return new SingleShares();
        const instance = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
        const occupancy = new Occupancy(occupancies, scaler.instances, instance);
        const isMigrated = async (): Promise<boolean> => health.isMigrated();
        return scaler.instances === 'single'
          ? new LeasedShares(instance, occupancy, store, isMigrated, tell)
          : new EngineShares(instance, dataSource, occupancy, store, isMigrated, tell);
      },
    },
  ],
  exports: [Shares, ShareStore],
})
export class PartitionsModule {}
