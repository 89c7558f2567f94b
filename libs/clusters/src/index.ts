export { ClusterId } from './cluster-id.js';
export { ClusterAccess, clusterNotFound } from './cluster.access.js';
export { type Candidate, type Cluster, CLUSTER_STATUSES, type ClusterStatus } from './cluster.js';
export { clusterToDto, CreateClusterDto, HoldDto, holdToDto } from './cluster.dto.js';
export { type ClusterReading, ClusterRepository, type StatusMark } from './cluster.repository.js';
export type { ClusterRow } from './cluster.row.js';
export { ClustersModule } from './clusters.module.js';
export { ClustersService } from './clusters.service.js';
export { type Cost, type Money, moneyOf, sumByCurrency } from './cost/cost.js';
export { costFromWire, costToWire, MoneyDto, StatedCostDto } from './cost/cost.dto.js';
export { ManualChangeRepository } from './manual-change/manual-change.repository.js';
export { formatPercent, IsPercent, parsePercent } from './policy/percent.js';
export { PolicyDto } from './policy/policy.dto.js';
export {
  POLICY_KINDS,
  policyFromStored,
  policyFromWire,
  policyKindsOf,
  policyToWire,
  thresholdDefaults,
} from './policy/policy.mapping.js';
export { openWindows } from './policy/schedule.js';
export { ProviderRules } from './provider.rules.js';
export { ClusterTargets } from './target/cluster-targets.js';
export { type Imported, WorkloadImport } from './workloads/workload-import.js';
export { ApiSimulatedUntil, simulatedUntilOf } from './simulated-until.js';
