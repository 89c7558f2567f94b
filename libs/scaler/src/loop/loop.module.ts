import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ClustersModule } from '#clusters';
import { MetricsModule } from '#metrics';
import { PartitionsModule } from '#partitions';
import { ProvidersModule } from '#providers';
import { Brakes } from '../brakes/brakes.js';
import { Census } from '../brakes/census.js';
import { LateRecords } from '../journal/late-records.js';
import { OutageGuard } from '../journal/outage-guard.js';
import { ScalingJournal } from '../journal/scaling-journal.js';
import { LiveBus } from '../live-events/live-bus.js';
import { AlertOutbox } from '../webhooks/alert-outbox.js';
import { RecordsModule } from '../records.module.js';
import { Actor } from './actor.js';
import { Broadcaster } from './broadcaster.js';
import { ClusterDefinitions } from './cluster-definitions.js';
import { ClusterRegistry } from './cluster-registry.js';
import { Heartbeats } from './heartbeats.js';
import { LoopHealth } from './loop-health.js';
import { LoopLog } from './loop-log.js';
import { LoopMetrics } from './loop-metrics.js';
import { loopOptionsProvider } from './loop-options.js';
import { LoopRunner } from './loop-runner.js';
import { ModelMemory } from './model-memory.js';
import { ModelRecall } from './model-recall.js';
import { loopMetricProviders, PrometheusLoopMetrics } from './prometheus.loop-metrics.js';
import { Recorder } from './recorder.js';
import { TickLoop } from './tick-loop.js';
import { TickScheduler } from './tick-scheduler.js';
import { TickWriter } from './tick-writer.js';
import { TickedPartitions } from './ticked-partitions.js';
import { ModelAdoption } from '../past/model-adoption.js';
import { PastWriter } from '../past/past.writer.js';

/** The scheduled loop and everything that a tick reads and writes. */
@Module({
  imports: [RecordsModule, ScheduleModule.forRoot(), ProvidersModule, ClustersModule, MetricsModule, PartitionsModule],
  providers: [
    TickScheduler,
    LoopRunner,
    TickLoop,
    loopOptionsProvider,
    // What is ticked.
    ClusterDefinitions,
    ClusterRegistry,
    TickedPartitions,
    ModelRecall,
    ModelMemory,
    // The past of clusters of the demo.
    PastWriter,
    ModelAdoption,
    // The stages.
    Brakes,
    Census,
    Actor,
    OutageGuard,
    ScalingJournal,
    LateRecords,
    Recorder,
    TickWriter,
    AlertOutbox,
    Broadcaster,
    Heartbeats,
    // Monitoring of the loop.
    LoopHealth,
    LoopLog,
    { provide: LoopMetrics, useClass: PrometheusLoopMetrics },
    ...loopMetricProviders(),
    {
      provide: LiveBus,
      inject: [LoopLog],
      useFactory: (log: LoopLog) => new LiveBus((error) => log.problem('a listener of live events failed', error)),
    },
  ],
  exports: [RecordsModule, TickScheduler, ClusterRegistry, Brakes, LoopHealth, LiveBus, PastWriter, ModelAdoption],
})
export class LoopModule {}
