import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FreezeEntity } from './brakes/freeze.entity.js';
import { FreezeRepository } from './brakes/freeze.repository.js';
import { RemovalProposalEntity } from './brakes/removal-proposal.entity.js';
import { RemovalProposalRepository } from './brakes/removal-proposal.repository.js';
import { DecisionEntity } from './decisions/decision.entity.js';
import { DecisionRepository } from './decisions/decision.repository.js';
import { ForecastEntity } from './forecasts/forecast.entity.js';
import { ForecastRepository } from './forecasts/forecast.repository.js';
import { ClusterModelEntity } from './loop/cluster-model.entity.js';
import { ClusterModelRepository } from './loop/cluster-model.repository.js';
import { ClusterStateEntity } from './loop/cluster-state.entity.js';
import { ClusterStateRepository } from './loop/cluster-state.repository.js';
import { ScalingEventEntity } from './scaling-events/scaling-event.entity.js';
import { ScalingEventRepository } from './scaling-events/scaling-event.repository.js';
import { AlertDeliveryEntity } from './webhooks/alert-delivery.entity.js';
import { AlertDeliveryRepository } from './webhooks/alert-delivery.repository.js';
import { AlertWebhookEntity } from './webhooks/alert-webhook.entity.js';
import { AlertWebhookRepository } from './webhooks/alert-webhook.repository.js';

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

const REPOSITORIES = [
  DecisionRepository,
  ForecastRepository,
  ScalingEventRepository,
  ClusterStateRepository,
  ClusterModelRepository,
  FreezeRepository,
  RemovalProposalRepository,
  AlertWebhookRepository,
  AlertDeliveryRepository,
];

/** The loop's tables. Reading them does not start the loop. */
@Module({ imports: [TypeOrmModule.forFeature(ENTITIES)], providers: REPOSITORIES, exports: REPOSITORIES })
export class RecordsModule {}
