import { Module } from '@nestjs/common';
import { ClustersModule } from '#clusters';
import { MetricsModule } from '#metrics';
import { RecordsModule } from '#scaler';
import { ActiveAlertsController } from './alerts/active-alerts.controller.js';
import { ActiveAlertsRepository } from './alerts/active-alerts.repository.js';
import { ClusterOverviewController } from './overview/cluster-overview.controller.js';
import { ClusterOverviewRepository } from './overview/cluster-overview.repository.js';
import { ClusterOverviewService } from './overview/cluster-overview.service.js';
import { ClusterStatusController } from './status/cluster-status.controller.js';
import { ClusterStatusRepository } from './status/cluster-status.repository.js';
import { ClusterStatusService } from './status/cluster-status.service.js';
import { TimelineController } from './timeline/timeline.controller.js';
import { TimelineService } from './timeline/timeline.service.js';
import { TrustController } from './trust/trust.controller.js';
import { TrustService } from './trust/trust.service.js';

/** Read models over the records of clusters, metrics and the loop. */
@Module({
  imports: [ClustersModule, MetricsModule, RecordsModule],
  controllers: [
    ActiveAlertsController,
    ClusterOverviewController,
    ClusterStatusController,
    TimelineController,
    TrustController,
  ],
  providers: [
    ActiveAlertsRepository,
    ClusterOverviewRepository,
    ClusterOverviewService,
    ClusterStatusRepository,
    ClusterStatusService,
    TimelineService,
    TrustService,
  ],
})
export class HistoryModule {}
