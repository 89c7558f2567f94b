import { Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '#config';
import { CollectorMetrics, collectorMetricProviders } from './endpoint/collector.metrics.js';
import { MetricsCollector } from './endpoint/metrics.collector.js';
import { ResilientScaleTarget } from './endpoint/resilient.scale-target.js';
import { targetMetricProviders } from './endpoint/target.metrics.js';
import { MetricSource } from './ports/metric-source.js';
import { ScaleTarget } from './ports/scale-target.js';
import { SimulatorHttp } from './simulator/simulator.http.js';
import { SimulatorMetricSource } from './simulator/simulator.metric-source.js';
import { SimulatorScaleTarget } from './simulator/simulator.scale-target.js';

const RETRY_DELAY_MS = 50;

/** What stands behind clusters: their metric sources and scale targets, and how their endpoints are asked. */
@Module({
  providers: [
    {
      provide: MetricSource,
      inject: [APP_CONFIG],
      useFactory: ({ collector }: AppConfig) =>
        new SimulatorMetricSource({ url: collector.simulatorUrl, connections: collector.concurrency }),
    },
    ...collectorMetricProviders,
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
    {
      provide: SimulatorHttp,
      inject: [APP_CONFIG],
      useFactory: ({ collector }: AppConfig) =>
        new SimulatorHttp({ url: collector.simulatorUrl, connections: collector.concurrency }),
    },
    {
      provide: SimulatorScaleTarget,
      inject: [SimulatorHttp],
      useFactory: (http: SimulatorHttp) => new SimulatorScaleTarget(http),
    },
    ...targetMetricProviders(),
    {
      provide: ResilientScaleTarget,
      inject: [SimulatorScaleTarget, APP_CONFIG],
      useFactory: (simulator: SimulatorScaleTarget, { collector, scaler }: AppConfig) =>
        new ResilientScaleTarget(simulator, {
          reading: { timeoutMs: collector.timeout, retries: collector.retries },
          asking: { timeoutMs: scaler.timeout, retries: scaler.retries },
          retryDelayMs: RETRY_DELAY_MS,
          breakAfter: collector.breakerFailures,
          breakMs: collector.breakerCooldown,
          connections: collector.concurrency,
        }),
    },
    { provide: ScaleTarget, useExisting: ResilientScaleTarget },
  ],
  exports: [MetricsCollector, SimulatorHttp, ResilientScaleTarget, ScaleTarget],
})
export class ProvidersModule {}
