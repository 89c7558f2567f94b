import { Module } from '@nestjs/common';
import { ClustersModule } from '#clusters';
import { APP_CONFIG, type AppConfig } from '#config';
import { CollectorMetrics, collectorMetricProviders } from './collect/collector.metrics.js';
import { MetricsCollector } from './collect/metrics.collector.js';
import { MetricsController } from './query/metrics.controller.js';
import { MetricsRepository } from './query/metrics.repository.js';
import { MetricsService } from './query/metrics.service.js';
import { MetricSource } from './sources/metric-source.js';
import { SimulatorMetricSource } from './sources/simulator.metric-source.js';
import { DemandHistory } from './store/demand.history.js';
import { ObservationHistory } from './store/observation.history.js';
import { ObservationStore } from './store/observation.store.js';
import { SampleStore } from './store/sample.store.js';

/** Reading the metrics of clusters, keeping them, and answering what was measured. */
@Module({
  imports: [ClustersModule],
  controllers: [MetricsController],
  providers: [
    ...collectorMetricProviders,
    {
      provide: MetricSource,
      inject: [APP_CONFIG],
      useFactory: ({ collector }: AppConfig) =>
        new SimulatorMetricSource({ url: collector.simulatorUrl, connections: collector.concurrency }),
    },
    {
      provide: MetricsCollector,
      inject: [MetricSource, APP_CONFIG, CollectorMetrics],
      useFactory: (source: MetricSource, { collector }: AppConfig, metrics: CollectorMetrics) =>
        new MetricsCollector(
          source,
          {
            timeoutMs: collector.timeout,
            retries: collector.retries,
            breakAfter: collector.breakerFailures,
            breakMs: collector.breakerCooldown,
            connections: collector.concurrency,
          },
          metrics,
        ),
    },
    SampleStore,
    ObservationStore,
    ObservationHistory,
    DemandHistory,
    MetricsRepository,
    MetricsService,
  ],
  exports: [MetricsCollector, SampleStore, ObservationStore, ObservationHistory, DemandHistory],
})
export class MetricsModule {}
