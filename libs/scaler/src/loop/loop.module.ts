import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClustersModule } from '#clusters';
import { MetricsModule } from '#metrics';
import { PartitionsModule } from '#partitions';
import { ProvidersModule } from '#providers';
import { Brakes } from '../brakes/brakes.js';
import { Census } from '../brakes/census.js';
import { FreezeEntity } from '../brakes/freeze.entity.js';
import { FreezeRepository } from '../brakes/freeze.repository.js';
import { RemovalProposalEntity } from '../brakes/removal-proposal.entity.js';
import { RemovalProposalRepository } from '../brakes/removal-proposal.repository.js';
import { DecisionEntity } from '../decisions/decision.entity.js';
import { DecisionStore } from '../decisions/decision.store.js';
import { LiveBus } from '../events.js';
import { ForecastEntity } from '../forecasts/forecast.entity.js';
import { ForecastStore } from '../forecasts/forecast.store.js';
import { ScalingEventEntity } from '../scaling-events/scaling-event.entity.js';
import { ScalingEventStore } from '../scaling-events/scaling-event.store.js';
import { AlertDeliveryEntity } from '../webhooks/alert-delivery.entity.js';
import { AlertDeliveryRepository } from '../webhooks/alert-delivery.repository.js';
import { AlertOutbox } from '../webhooks/alert-outbox.js';
import { Actor } from './actor.js';
import { Broadcaster } from './broadcaster.js';
import { ClusterDefinitions } from './cluster-definitions.js';
import { ClusterModelEntity } from './cluster-model.entity.js';
import { ClusterModelRepository } from './cluster-model.repository.js';
import { ClusterRegistry } from './cluster-registry.js';
import { ClusterStateEntity } from './cluster-state.entity.js';
import { ClusterStateRepository } from './cluster-state.repository.js';
import { LoopHealth } from './loop-health.js';
import { LoopLog } from './loop-log.js';
import { LoopMetrics } from './loop-metrics.js';
import { loopOptionsProvider } from './loop-options.js';
import { ModelMemory } from './model-memory.js';
import { ModelRecall } from './model-recall.js';
import { loopMetricProviders, PrometheusLoopMetrics } from './prometheus.loop-metrics.js';
import { Recorder } from './recorder.js';
import { TickLoop } from './tick-loop.js';
import { TickScheduler } from './tick-scheduler.js';
import { TickWriter } from './tick-writer.js';
import { TickedPartitions } from './ticked-partitions.js';

const ENTITIES = [
  DecisionEntity,
  ForecastEntity,
  ScalingEventEntity,
  ClusterStateEntity,
  ClusterModelEntity,
  FreezeEntity,
  RemovalProposalEntity,
  AlertDeliveryEntity,
];

/** The scheduled loop, with all that one tick reads and writes. */
@Module({
  imports: [
    TypeOrmModule.forFeature(ENTITIES),
    ScheduleModule.forRoot(),
    ProvidersModule,
    ClustersModule,
    MetricsModule,
    PartitionsModule,
  ],
  providers: [
    TickScheduler,
    TickLoop,
    loopOptionsProvider,
    // What is ticked.
    ClusterDefinitions,
    ClusterRegistry,
    TickedPartitions,
    ModelRecall,
    ModelMemory,
    // The stages.
    Brakes,
    Census,
    Actor,
    Recorder,
    TickWriter,
    AlertOutbox,
    Broadcaster,
    // What stands between a decision and the provider, and what was decided.
    FreezeRepository,
    RemovalProposalRepository,
    DecisionStore,
    ForecastStore,
    ScalingEventStore,
    ClusterStateRepository,
    ClusterModelRepository,
    AlertDeliveryRepository,
    // How the loop is watched.
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
  exports: [
    TypeOrmModule,
    TickScheduler,
    ClusterRegistry,
    Brakes,
    FreezeRepository,
    RemovalProposalRepository,
    ScalingEventStore,
    ClusterStateRepository,
    AlertDeliveryRepository,
    LoopHealth,
    LiveBus,
  ],
})
export class LoopModule {}
