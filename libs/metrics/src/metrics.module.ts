import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClustersModule } from '#clusters';
import { MetricsController } from './query/metrics.controller.js';
import { MetricsService } from './query/metrics.service.js';
import { ObservationsByHourEntity, ObservationsByMinuteEntity } from './observations/observation-aggregate.entity.js';
import { ObservationEntity } from './observations/observation.entity.js';
import { SampleEntity } from './samples/sample.entity.js';
import { ObservationAggregateRepository } from './observations/observation-aggregate.repository.js';
import { ObservationRepository } from './observations/observation.repository.js';
import { SampleRepository } from './samples/sample.repository.js';

/** Stores samples and observations of clusters, and answers queries on them. */
@Module({
  imports: [
    TypeOrmModule.forFeature([SampleEntity, ObservationEntity, ObservationsByMinuteEntity, ObservationsByHourEntity]),
    ClustersModule,
  ],
  controllers: [MetricsController],
  providers: [SampleRepository, ObservationRepository, ObservationAggregateRepository, MetricsService],
  exports: [SampleRepository, ObservationRepository, ObservationAggregateRepository],
})
export class MetricsModule {}
