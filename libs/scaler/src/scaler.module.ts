import { Logger, Module } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { ClusterRepository, ClustersModule } from '#clusters';
import { APP_CONFIG, Clock } from '#config';
import type { AppConfig } from '#config';
import { plural } from '#engine';
import { MetricsCollector, ProvidersModule, ScaleTarget } from '#providers';
import { MetricsModule, ObservationStore, SampleStore } from '#metrics';
import { Brakes } from './brakes/brakes.js';
import type { Neighbor } from './brakes/brakes.js';
import { BrakesController } from './brakes/brakes.controller.js';
import { BrakesService } from './brakes/brakes.service.js';
import { FreezeEntity } from './brakes/freeze.entity.js';
import { FreezeStore } from './brakes/freeze.store.js';
import { RemovalProposalEntity } from './brakes/removal-proposal.entity.js';
import { RemovalProposalStore } from './brakes/removal-proposal.store.js';
import { DecisionController } from './decisions/decision.controller.js';
import { DecisionEntity } from './decisions/decision.entity.js';
import { DecisionRepository } from './decisions/decision.repository.js';
import { DecisionService } from './decisions/decision.service.js';
import { DecisionStore } from './decisions/decision.store.js';
import { LiveBus } from './events.js';
import { ForecastController } from './forecasts/forecast.controller.js';
import { ForecastEntity } from './forecasts/forecast.entity.js';
import { ForecastRepository } from './forecasts/forecast.repository.js';
import { ForecastService } from './forecasts/forecast.service.js';
import { ForecastStore } from './forecasts/forecast.store.js';
import { Actor } from './loop/actor.js';
import { Broadcaster } from './loop/broadcaster.js';
import { ClusterModelEntity } from './loop/cluster-model.entity.js';
import { ClusterModelStore } from './loop/cluster-model.store.js';
import { ClusterDefinitions } from './loop/cluster-definitions.js';
import { ClusterRegistry } from './loop/cluster-registry.js';
import { ClusterStateEntity } from './loop/cluster-state.entity.js';
import { ClusterStateStore } from './loop/cluster-state.store.js';
import { LoopHealth } from './loop/loop-health.js';
import { LoopMetrics } from './loop/loop-metrics.js';
import { ModelMemory } from './loop/model-memory.js';
import { ModelRecall } from './loop/model-recall.js';
import { loopMetricProviders, PrometheusLoopMetrics } from './loop/prometheus.loop-metrics.js';
import { Recorder } from './loop/recorder.js';
import { TickedPartitions } from './loop/ticked-partitions.js';
import { TickLoop } from './loop/tick-loop.js';
import { TickScheduler } from './loop/tick-scheduler.js';
import { ManualScalingController } from './manual-scaling/manual-scaling.controller.js';
import { UndoController } from './manual-scaling/undo.controller.js';
import { ManualScalingService } from './manual-scaling/manual-scaling.service.js';
import { AlertController } from './operations/alert.controller.js';
import { AlertLog } from './operations/alert-log.js';
import { AlertService } from './operations/alert.service.js';
import { OperationsController } from './operations/operations.controller.js';
import { OperationsService } from './operations/operations.service.js';
import { ScalingEventController } from './scaling-events/scaling-event.controller.js';
import { ScalingEventEntity } from './scaling-events/scaling-event.entity.js';
import { ScalingEventRepository } from './scaling-events/scaling-event.repository.js';
import { ScalingEventService } from './scaling-events/scaling-event.service.js';
import { ScalingEventStore } from './scaling-events/scaling-event.store.js';
import { ServiceLevelController } from './service-level/service-level.controller.js';
import { ServiceLevelService } from './service-level/service-level.service.js';
import { PartitionsModule, Partitions, PartitionStore } from '#partitions';
import { SimulationController } from './simulation/simulation.controller.js';
import { SimulationService } from './simulation/simulation.service.js';
import { AlertDeliveryEntity } from './webhooks/alert-delivery.entity.js';
import { AlertDeliveryStore } from './webhooks/alert-delivery.store.js';
import { AlertNotifier, notifierMetricProviders } from './webhooks/alert-notifier.js';
import { AlertOutbox } from './webhooks/alert-outbox.js';
import { AlertWebhookController } from './webhooks/alert-webhook.controller.js';
import { AlertWebhookEntity } from './webhooks/alert-webhook.entity.js';
import { AlertWebhookService } from './webhooks/alert-webhook.service.js';
import { AlertWebhookStore } from './webhooks/alert-webhook.store.js';
import { WebhookClient } from './webhooks/webhook.client.js';

/** Those that are done wait so long for those that are not before they go on without them. */
const PATIENCE_MS = 500;
/** Cluster-ticks that may wait for a database that is away: five thousand clusters for 40 s, a hundred for half an hour. */
const BUFFER_TICKS = 20_000;

const logger = new Logger('Loop');

function onProblem(message: string, error: unknown): void {
  if (error === null) logger.warn(message);
  else logger.error(`${message}: ${error instanceof Error ? error.message : 'unknown cause'}`);
}

/** The clusters of all instances by the endpoint of their provider, and when they were last ticked. */
async function censusOf(
  clusters: ClusterRepository,
  states: ClusterStateStore,
  target: ScaleTarget,
): Promise<readonly Neighbor[]> {
  const groups = await clusters.listByProvider();
  const tickedAt = await states.tickedAt(groups.flatMap(({ clusterIds }) => clusterIds));
  return groups.flatMap(({ provider, clusterIds }) => {
    const endpoint = target.endpointOf({ id: '', provider });
    return clusterIds.map((clusterId) => ({ clusterId, endpoint, tickedAt: tickedAt.get(clusterId) ?? null }));
  });
}

const brakeProviders: Provider[] = [
  FreezeStore,
  RemovalProposalStore,
  BrakesService,
  {
    provide: Brakes,
    inject: [FreezeStore, RemovalProposalStore, ScaleTarget, ClusterRepository, ClusterStateStore, Clock],
    useFactory: (
      freezes: FreezeStore,
      proposals: RemovalProposalStore,
      target: ScaleTarget,
      clusters: ClusterRepository,
      states: ClusterStateStore,
      clock: Clock,
    ) => new Brakes(freezes, proposals, target, async () => censusOf(clusters, states, target), clock, onProblem),
  },
];

const loop: Provider[] = [
  ClusterDefinitions,
  ClusterRegistry,
  TickedPartitions,
  ModelRecall,
  ClusterStateStore,
  ClusterModelStore,
  ModelMemory,
  DecisionStore,
  ForecastStore,
  ScalingEventStore,
  LoopHealth,
  { provide: LoopMetrics, useClass: PrometheusLoopMetrics },
  ...loopMetricProviders(),
  { provide: LiveBus, useFactory: () => new LiveBus((error) => onProblem('a listener of live events failed', error)) },
  {
    provide: Recorder,
    inject: [
      DataSource,
      SampleStore,
      ObservationStore,
      DecisionStore,
      ForecastStore,
      ClusterStateStore,
      ClusterModelStore,
      ScalingEventStore,
      PartitionStore,
      AlertOutbox,
      Partitions,
    ],
    useFactory: (
      dataSource: DataSource,
      samples: SampleStore,
      observations: ObservationStore,
      decisions: DecisionStore,
      forecasts: ForecastStore,
      states: ClusterStateStore,
      models: ClusterModelStore,
      events: ScalingEventStore,
      partitionStore: PartitionStore,
      outbox: AlertOutbox,
      partitions: Partitions,
    ) => {
      const stores = {
        samples,
        observations,
        decisions,
        forecasts,
        states,
        models,
        events,
        partitions: partitionStore,
        outbox,
      };
      return new Recorder(dataSource, stores, { bufferTicks: BUFFER_TICKS }, onProblem, (fences, writes) => {
        onProblem(`rejected ${plural(writes, 'tick')}: another instance took over their clusters`, null);
        partitions.refuse(fences, writes);
      });
    },
  },
  {
    provide: TickLoop,
    inject: [
      Clock,
      ClusterDefinitions,
      ClusterRegistry,
      MetricsCollector,
      ScaleTarget,
      Brakes,
      ScalingEventStore,
      Recorder,
      LiveBus,
      LoopHealth,
      LoopMetrics,
      APP_CONFIG,
    ],
    useFactory: (
      clock: Clock,
      definitions: ClusterDefinitions,
      registry: ClusterRegistry,
      collector: MetricsCollector,
      target: ScaleTarget,
      brakes: Brakes,
      events: ScalingEventStore,
      recorder: Recorder,
      bus: LiveBus,
      health: LoopHealth,
      metrics: LoopMetrics,
      config: AppConfig,
    ) => {
      const options = { limit: config.collector.concurrency, patienceMs: PATIENCE_MS };
      return new TickLoop({
        clock,
        definitions,
        registry,
        collector,
        target,
        brakes,
        actor: new Actor(target, events, clock, options, (error) => onProblem('cannot record intents', error)),
        recorder,
        broadcaster: new Broadcaster(bus, ({ id, name }, { state, code, message }) => {
          logger.log(`${name} (${id}): ${code} ${state}: ${message}`);
        }),
        health,
        metrics,
        options: {
          ...options,
          intervalMs: config.collector.interval,
          maxSampleAgeMs: config.collector.maxSampleAge,
        },
        onProblem,
      });
    },
  },
  TickScheduler,
];

const ENTITIES = [
  DecisionEntity,
  ForecastEntity,
  ScalingEventEntity,
  ClusterStateEntity,
  ClusterModelEntity,
  FreezeEntity,
  RemovalProposalEntity,
  AlertWebhookEntity,
  AlertDeliveryEntity,
];

/** The loop, what it leaves behind, and the routes that show it. */
@Module({
  imports: [
    TypeOrmModule.forFeature(ENTITIES),
    ScheduleModule.forRoot(),
    ProvidersModule,
    ClustersModule,
    MetricsModule,
    PartitionsModule,
  ],
  controllers: [
    DecisionController,
    ForecastController,
    ScalingEventController,
    ManualScalingController,
    UndoController,
    ServiceLevelController,
    AlertController,
    OperationsController,
    BrakesController,
    AlertWebhookController,
    SimulationController,
  ],
  providers: [
    ...brakeProviders,
    ...loop,
    DecisionRepository,
    DecisionService,
    ForecastRepository,
    ForecastService,
    ScalingEventRepository,
    ScalingEventService,
    ManualScalingService,
    ServiceLevelService,
    AlertLog,
    AlertService,
    AlertDeliveryStore,
    AlertNotifier,
    AlertOutbox,
    ...notifierMetricProviders,
    AlertWebhookService,
    AlertWebhookStore,
    WebhookClient,
    OperationsService,
    SimulationService,
  ],
  exports: [LiveBus, LoopHealth, ClusterRegistry, ClusterStateStore],
})
export class ScalerModule {}
