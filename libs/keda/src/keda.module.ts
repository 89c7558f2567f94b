import { Module } from '@nestjs/common';
import { ClustersModule } from '#clusters';
import { RecordsModule } from '#scaler';
import { ActivityStreams } from './activity-streams.js';
import { DesiredCounts } from './desired-counts.js';
import { ExternalScaler } from './external-scaler.js';
import { kedaMetricProviders, KedaServer } from './keda.server.js';

/** The desired counts of clusters for KEDA, whose HPAs then scale them (docs/keda.md). */
@Module({
  imports: [ClustersModule, RecordsModule],
  providers: [DesiredCounts, ExternalScaler, ActivityStreams, KedaServer, ...kedaMetricProviders],
})
export class KedaModule {}
