export { PartitionsModule } from './partitions.module.js';
export { fairCount, type Fence, partitionOf, PARTITIONS } from './partition.js';
export { PartitionRepository } from './partition.repository.js';
export { Partitions, type PartitionsStatus, SinglePartitions, type Tenant } from './partitions.js';
