export { ClusterAccess } from './cluster.access.js';
export { type Cluster, type ClusterProvider, type ClusterStatus, type SimulatedCluster } from './cluster.js';
export { CreateClusterDto } from './cluster.dto.js';
export { ClusterRepository } from './cluster.repository.js';
export { ClustersModule } from './clusters.module.js';
export { ClustersService } from './clusters.service.js';
