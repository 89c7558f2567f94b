import type { DataSource } from 'typeorm';
import { ForecastEntity } from '../src/forecasts/forecast.entity.js';
import { ForecastRepository } from '../src/forecasts/forecast.repository.js';

/** Forecasts in the database of a test that makes its services by hand. */
export function forecastsIn(dataSource: DataSource): ForecastRepository {
  return new ForecastRepository(dataSource.getRepository(ForecastEntity));
}
