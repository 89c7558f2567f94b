import { Module } from '@nestjs/common';
import { ClustersModule } from '#clusters';
import { ClusterOverviewController } from './overview/cluster-overview.controller.js';
import { ClusterOverviewRepository } from './overview/cluster-overview.repository.js';
import { ClusterOverviewService } from './overview/cluster-overview.service.js';
import { ClusterStatusController } from './status/cluster-status.controller.js';
import { ClusterStatusRepository } from './status/cluster-status.repository.js';
import { ClusterStatusService } from './status/cluster-status.service.js';
import { TimelineController } from './timeline/timeline.controller.js';
import { TimelineRepository } from './timeline/timeline.repository.js';
import { TimelineService } from './timeline/timeline.service.js';
import { TrustController } from './trust/trust.controller.js';
import { TrustRepository } from './trust/trust.repository.js';
import { TrustService } from './trust/trust.service.js';

/** Read models over what clusters, metrics and the loop have recorded. */
@Module({
  imports: [ClustersModule],
  controllers: [ClusterOverviewController, ClusterStatusController, TimelineController, TrustController],
  providers: [
    ClusterOverviewRepository,
    ClusterOverviewService,
    ClusterStatusRepository,
    ClusterStatusService,
    TimelineRepository,
    TimelineService,
    TrustRepository,
    TrustService,
  ],
})
export class HistoryModule {}
