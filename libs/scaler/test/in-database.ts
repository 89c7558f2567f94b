import type { DataSource } from 'typeorm';
import { FreezeEntity } from '../src/brakes/freeze.entity.js';
import { FreezeRepository } from '../src/brakes/freeze.repository.js';
import { RemovalProposalEntity } from '../src/brakes/removal-proposal.entity.js';
import { RemovalProposalRepository } from '../src/brakes/removal-proposal.repository.js';
import { DecisionEntity } from '../src/decisions/decision.entity.js';
import { DecisionRepository } from '../src/decisions/decision.repository.js';
import { ForecastEntity } from '../src/forecasts/forecast.entity.js';
import { ForecastRepository } from '../src/forecasts/forecast.repository.js';
import { ClusterStateEntity } from '../src/loop/cluster-state.entity.js';
import { ClusterStateRepository } from '../src/loop/cluster-state.repository.js';
import { AlertDeliveryEntity } from '../src/webhooks/alert-delivery.entity.js';
import { AlertDeliveryRepository } from '../src/webhooks/alert-delivery.repository.js';
import { AlertWebhookEntity } from '../src/webhooks/alert-webhook.entity.js';
import { AlertWebhookRepository } from '../src/webhooks/alert-webhook.repository.js';

// The loop's repositories, for tests that construct services by hand.

export function decisionsIn(dataSource: DataSource): DecisionRepository {
  return new DecisionRepository(dataSource.getRepository(DecisionEntity));
}

export function forecastsIn(dataSource: DataSource): ForecastRepository {
  return new ForecastRepository(dataSource.getRepository(ForecastEntity));
}

export function statesIn(dataSource: DataSource): ClusterStateRepository {
  return new ClusterStateRepository(dataSource.getRepository(ClusterStateEntity));
}

export function freezesIn(dataSource: DataSource): FreezeRepository {
  return new FreezeRepository(dataSource.getRepository(FreezeEntity));
}

export function proposalsIn(dataSource: DataSource): RemovalProposalRepository {
  return new RemovalProposalRepository(dataSource.getRepository(RemovalProposalEntity));
}

export function webhooksIn(dataSource: DataSource): AlertWebhookRepository {
  return new AlertWebhookRepository(dataSource.getRepository(AlertWebhookEntity));
}

export function deliveriesIn(dataSource: DataSource): AlertDeliveryRepository {
  return new AlertDeliveryRepository(dataSource.getRepository(AlertDeliveryEntity));
}
