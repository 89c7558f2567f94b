import { Module } from '@nestjs/common';
import { ClustersModule } from '#clusters';
import { ProvidersModule } from '#providers';
import { MetricsModule } from '#metrics';
import { BrakesController } from './brakes/brakes.controller.js';
import { BrakesService } from './brakes/brakes.service.js';
import { DecisionController } from './decisions/decision.controller.js';
import { DecisionService } from './decisions/decision.service.js';
import { ForecastController } from './forecasts/forecast.controller.js';
import { ForecastService } from './forecasts/forecast.service.js';
import { LoopModule } from './loop/loop.module.js';
import { ManualScalingController } from './manual-scaling/manual-scaling.controller.js';
import { UndoController } from './manual-scaling/undo.controller.js';
import { ManualScalingService } from './manual-scaling/manual-scaling.service.js';
import { AlertController } from './operations/alert.controller.js';
import { AlertLog } from './operations/alert-log.js';
import { AlertService } from './operations/alert.service.js';
import { OperationsController } from './operations/operations.controller.js';
import { OperationsService } from './operations/operations.service.js';
import { ScalingEventController } from './scaling-events/scaling-event.controller.js';
import { ScalingEventService } from './scaling-events/scaling-event.service.js';
import { ServiceLevelController } from './service-level/service-level.controller.js';
import { ServiceLevelService } from './service-level/service-level.service.js';
import { PartitionsModule } from '#partitions';
import { SimulationController } from './simulation/simulation.controller.js';
import { SimulationService } from './simulation/simulation.service.js';
import { AlertNotifier, notifierMetricProviders } from './webhooks/alert-notifier.js';
import { AlertWebhookController } from './webhooks/alert-webhook.controller.js';
import { AlertWebhookService } from './webhooks/alert-webhook.service.js';
import { WebhookClient } from './webhooks/webhook.client.js';

/** The loop, its records, and the routes that show them. */
@Module({
  imports: [LoopModule, ProvidersModule, ClustersModule, MetricsModule, PartitionsModule],
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
    BrakesService,
    DecisionService,
    ForecastService,
    ScalingEventService,
    ManualScalingService,
    ServiceLevelService,
    AlertLog,
    AlertService,
    AlertNotifier,
    ...notifierMetricProviders,
    AlertWebhookService,
    WebhookClient,
    OperationsService,
    SimulationService,
  ],
  exports: [LoopModule],
})
export class ScalerModule {}
