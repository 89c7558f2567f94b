export { ClusterAccess } from './cluster.access.js';
export {
  type Candidate,
  type Cluster,
  type ClusterProvider,
  type ClusterStatus,
  type SimulatedCluster,
} from './cluster.js';
export { clusterToDto, CreateClusterDto, providerFromWire } from './cluster.dto.js';
export { ClusterRepository, type ClusterReading, UNDO } from './cluster.repository.js';
export { ClusterStatusRepository } from './cluster-status.repository.js';
export { ClustersModule } from './clusters.module.js';
export { ClustersService } from './clusters.service.js';
export { formatPercent, IsPercent, parsePercent } from './policy/percent.js';
export { PolicyDto } from './policy/policy.dto.js';
export { policyFromWire, policyToWire, thresholdDefaults } from './policy/policy.mapping.js';
export { ClusterTargets } from './target/cluster-targets.js';
export { openWindows } from './policy/schedule.js';
export { ServiceLevelDto } from './service-level.dto.js';
export { serviceLevelState, toLeadTimeDto, toServiceLevelState } from './service-level.mapping.js';
export { type HeldAlert, type KnownOfCluster, stateOf } from './state/cluster-state.js';
export { ClusterStateDto } from './state/cluster-state.dto.js';
