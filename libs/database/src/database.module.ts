import { type DynamicModule, Global, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '#config';
import { DatabaseHandle } from './database.handle.js';
import { DatabaseHealth } from './database.health.js';
import { DatabaseJobs } from './jobs/database-jobs.js';
import { migrationStatus, refuseNewer, runMigrations } from './migrate.js';
import { type Database, openDatabase } from './open-database.js';

/** The one data source of the service, connected and (where configured) migrated before anything else starts. */
@Global()
@Module({ providers: [DatabaseHealth, DatabaseJobs], exports: [DatabaseHealth, DatabaseJobs] })
export class DatabaseModule {
  /** @param handle closes the database if the application cannot be built */
  static forRoot(handle = new DatabaseHandle()): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [APP_CONFIG],
          // All other options come from `openDatabase`; Nest only adds the entities that modules register.
          useFactory: (config: AppConfig) =>
            ({ type: 'postgres', autoLoadEntities: true, retryAttempts: 0, config }) as never,
          dataSourceFactory: async (options) => {
            const { config, entities } = options as DataSourceOptions & { config: AppConfig };
            return handle.open(async () => openMigrated(config.database, entities));
          },
        }),
      ],
    };
  }
}

async function openMigrated(config: AppConfig['database'], entities: DataSourceOptions['entities']): Promise<Database> {
  const database = await openDatabase(config, entities);
  try {
    if (config.migrateOnStart) tell(await runMigrations(database));
    else refuseNewer(await migrationStatus(database));
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return database;
}

function tell(migrations: readonly string[]): void {
  if (migrations.length > 0) new Logger('Database').log(`migrated: ${migrations.join(', ')}`);
}
