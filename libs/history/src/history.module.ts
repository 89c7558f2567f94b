import { Module } from '@nestjs/common';
import { ClustersModule } from '#clusters';
import { TimelineController } from './timeline/timeline.controller.js';
import { TimelineRepository } from './timeline/timeline.repository.js';
import { TimelineService } from './timeline/timeline.service.js';
import { TrustController } from './trust/trust.controller.js';
import { TrustRepository } from './trust/trust.repository.js';
import { TrustService } from './trust/trust.service.js';

/** Read models over what clusters, metrics and the loop have recorded. */
@Module({
  imports: [ClustersModule],
  controllers: [TimelineController, TrustController],
  providers: [TimelineRepository, TimelineService, TrustRepository, TrustService],
})
export class HistoryModule {}
