export { ClusterId } from './cluster-id.js';
export { ClusterAccess, clusterNotFound } from './cluster.access.js';
export { type Candidate, type Cluster, CLUSTER_STATUSES, type ClusterStatus } from './cluster.js';
export { clusterToDto, CreateClusterDto, HoldDto, holdToDto } from './cluster.dto.js';
export {
  type ClusterReading,
  ClusterRepository,
  type ClusterRow,
  type StatusMark,
  UNDO,
} from './cluster.repository.js';
export { ClustersModule } from './clusters.module.js';
export { ClustersService } from './clusters.service.js';
export { formatPercent, IsPercent, parsePercent } from './policy/percent.js';
export { PolicyDto } from './policy/policy.dto.js';
export { policyFromWire, policyToWire, thresholdDefaults } from './policy/policy.mapping.js';
export { openWindows } from './policy/schedule.js';
export { ProviderRules } from './provider.rules.js';
export { ClusterTargets } from './target/cluster-targets.js';
