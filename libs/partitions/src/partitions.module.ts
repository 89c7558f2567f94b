import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '#config';
import { DatabaseHealth } from '#database';
import { SharedPartitions } from './shared.partitions.js';
import { LeasedPartitions } from './leased.partitions.js';
import { Occupancy } from './occupancy.js';
import { OccupancyEntity } from './occupancy.entity.js';
import { OccupancyRepository } from './occupancy.repository.js';
import { partitionMetricProviders } from './partition.metrics.js';
import { PartitionEntity } from './partition.entity.js';
import { PartitionRepository } from './partition.repository.js';
import { Partitions, SinglePartitions } from './partitions.js';

const logger = new Logger('Partitions');

function announce(message: string, error: unknown): void {
  if (error === null) logger.log(message);
  else logger.warn(`${message}: ${error instanceof Error ? error.message : 'unknown cause'}`);
}

/** Decides which instance ticks which clusters. */
@Module({
  imports: [TypeOrmModule.forFeature([PartitionEntity, OccupancyEntity])],
  providers: [
    PartitionRepository,
    OccupancyRepository,
    ...partitionMetricProviders(),
    {
      provide: Partitions,
      inject: [DataSource, DatabaseHealth, PartitionRepository, OccupancyRepository, APP_CONFIG],
      useFactory: (
        dataSource: DataSource,
        health: DatabaseHealth,
        repository: PartitionRepository,
        occupancies: OccupancyRepository,
        { scaler, database }: AppConfig,
      ) => {
        // The embedded database is locked by its process, so no other instance exists.
        if (scaler.instances === 'single' && database.host === '') return new SinglePartitions();
        const instance = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
        const occupancy = new Occupancy(occupancies, scaler.instances, instance);
        const isMigrated = async (): Promise<boolean> => health.isMigrated();
        return scaler.instances === 'single'
          ? new LeasedPartitions(instance, occupancy, repository, isMigrated, announce)
          : new SharedPartitions(instance, dataSource, occupancy, repository, isMigrated, announce);
      },
    },
  ],
  exports: [Partitions, PartitionRepository],
})
export class PartitionsModule {}
