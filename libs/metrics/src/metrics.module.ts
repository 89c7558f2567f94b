import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClustersModule } from '#clusters';
import { MetricsController } from './query/metrics.controller.js';
import { MetricsRepository } from './query/metrics.repository.js';
import { MetricsService } from './query/metrics.service.js';
import { DemandHistory } from './store/demand.history.js';
import { ObservationsByHourEntity, ObservationsByMinuteEntity } from './store/observation-aggregate.entity.js';
import { ObservationEntity } from './store/observation.entity.js';
import { SampleEntity } from './store/sample.entity.js';
import { ObservationHistory } from './store/observation.history.js';
import { ObservationStore } from './store/observation.store.js';
import { SampleStore } from './store/sample.store.js';

/** Reading the metrics of clusters, keeping them, and answering what was measured. */
@Module({
  imports: [
    TypeOrmModule.forFeature([SampleEntity, ObservationEntity, ObservationsByMinuteEntity, ObservationsByHourEntity]),
    ClustersModule,
  ],
  controllers: [MetricsController],
  providers: [SampleStore, ObservationStore, ObservationHistory, DemandHistory, MetricsRepository, MetricsService],
  exports: [SampleStore, ObservationStore, ObservationHistory, DemandHistory],
})
export class MetricsModule {}
