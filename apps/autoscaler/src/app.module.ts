import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { AuthModule } from '#auth';
import { BacktestsModule } from '#backtests';
import { ClustersModule } from '#clusters';
import { type AppConfig, ConfigModule } from '#config';
import { type DatabaseHandle, DatabaseModule } from '#database';
import { HealthModule } from '#health';
import { HistoryModule } from '#history';
import { HttpModule } from '#http';
import { KedaModule } from '#keda';
import { LiveModule } from '#live';
import { MetricsModule } from '#metrics';
import { ScalerModule } from '#scaler';
import { DemoPast } from './demo/past/demo-past.js';
import { loggingParams } from './logging/logging.js';
import { ServiceMetrics } from './prometheus/service-metrics.js';

/** The whole service. Guards run in the order of the modules: rate limits before authentication. */
@Module({ providers: [ServiceMetrics, DemoPast] })
export class AppModule {
  static forRoot(config: AppConfig, database?: DatabaseHandle): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggerModule.forRoot(loggingParams(config)),
        DatabaseModule.forRoot(database),
        HttpModule,
        AuthModule,
        // Before clusters: otherwise `/clusters/:id` would match `/clusters/overview`.
        HistoryModule,
        ClustersModule,
        MetricsModule,
        ScalerModule,
        BacktestsModule,
        LiveModule,
        KedaModule,
        HealthModule,
      ],
    };
  }
}
