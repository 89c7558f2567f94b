import type { DataSource } from 'typeorm';
import { configOf } from '#config';
import { ClusterEntity } from '../src/cluster.entity.js';
import { ClusterRepository } from '../src/cluster.repository.js';
import { ManualChangeRepository } from '../src/manual-change/manual-change.repository.js';
import { ClusterTargets } from '../src/target/cluster-targets.js';

type Providers = ConstructorParameters<typeof ClusterTargets>[1];

// Clusters in the database of a test that constructs its services by hand.

/** @param providers without them no cluster has a key of its servers */
export function clustersIn(dataSource: DataSource, providers?: Providers): ClusterRepository {
  const clusters = dataSource.getRepository(ClusterEntity);
  const targets =
    providers === undefined
      ? { keyOf: () => null, settle: async () => undefined }
      : new ClusterTargets(clusters, providers);
  return new ClusterRepository(clusters, targets, configOf({}));
}

export function manualChangesIn(dataSource: DataSource): ManualChangeRepository {
  return new ManualChangeRepository(dataSource.getRepository(ClusterEntity));
}
