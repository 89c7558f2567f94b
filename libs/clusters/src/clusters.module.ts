import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConnectionUses, ProvidersModule } from '#providers';
import { CandidateController } from './candidate/candidate.controller.js';
import { CandidateService } from './candidate/candidate.service.js';
import { ClusterAccess } from './cluster.access.js';
import { ClusterEntity } from './cluster.entity.js';
import { ClusterRepository } from './cluster.repository.js';
import { ClustersController } from './clusters.controller.js';
import { ClustersService } from './clusters.service.js';
import { ManualChangeRepository } from './manual-change/manual-change.repository.js';
import { ProviderRules } from './provider.rules.js';
import { TakeOverController } from './take-over/take-over.controller.js';
import { TakeOverService } from './take-over/take-over.service.js';
import { ClusterTargets } from './target/cluster-targets.js';
import { WorkloadImport } from './workloads/workload-import.js';
import { WorkloadsController } from './workloads/workloads.controller.js';
import { WorkloadsService } from './workloads/workloads.service.js';

/** Clusters, their owners and their policies. */
@Module({
  imports: [TypeOrmModule.forFeature([ClusterEntity]), ProvidersModule],
  controllers: [ClustersController, CandidateController, WorkloadsController, TakeOverController],
  providers: [
    ClusterTargets,
    ClusterRepository,
    ClusterAccess,
    ProviderRules,
    ClustersService,
    CandidateService,
    WorkloadsService,
    WorkloadImport,
    ManualChangeRepository,
    TakeOverService,
  ],
  exports: [
    ClusterTargets,
    ClusterRepository,
    ClusterAccess,
    ProviderRules,
    ClustersService,
    ManualChangeRepository,
    WorkloadImport,
  ],
})
export class ClustersModule implements OnModuleInit {
  constructor(
    private readonly uses: ConnectionUses,
    private readonly clusters: ClusterRepository,
  ) {}

  onModuleInit(): void {
    this.uses.foundBy(async (connection, manager) => this.clusters.using(connection, manager));
  }
}
