import { ProviderError } from './errors.js';
import type { ProviderCluster, Reading, Readings } from './session.js';

/**
 * Reads clusters concurrently, each by itself: an error of one cluster, expected or not, is no error of the others. For sessions whose
 * provider has no request for many clusters.
 */
export async function readEach<Cluster extends ProviderCluster>(
  clusters: readonly Cluster[],
  readOne: (cluster: Cluster) => Promise<Reading>,
): Promise<Readings> {
  const readings = clusters.map(async (cluster): Promise<[string, Reading | ProviderError]> => {
    try {
      return [cluster.id, await readOne(cluster)];
    } catch (error) {
      return [cluster.id, errorOf(error)];
    }
  });
  return new Map(await Promise.all(readings));
}

function errorOf(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError('invalid', error instanceof Error ? error.message : String(error), { cause: error });
}
