import type { DataSource } from 'typeorm';
import { ObservationsByMinuteEntity } from '../src/observations/observation-aggregate.entity.js';
import { ObservationEntity } from '../src/observations/observation.entity.js';
import { ObservationRepository } from '../src/observations/observation.repository.js';
import { ObservationAggregateRepository } from '../src/observations/observation-aggregate.repository.js';

/** Observations, for tests that construct services by hand. */
export function observationsIn(dataSource: DataSource): ObservationRepository {
  return new ObservationRepository(dataSource.getRepository(ObservationEntity));
}

/** Aggregates, for tests that construct services by hand. */
export function aggregatesIn(dataSource: DataSource): ObservationAggregateRepository {
  return new ObservationAggregateRepository(dataSource.getRepository(ObservationsByMinuteEntity));
}
