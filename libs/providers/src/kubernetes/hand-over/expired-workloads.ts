import { lookup } from 'node:dns';
import type { GivenBack } from './expired.js';

export interface ExpiredOptions {
  /** How long a Lease must not have been renewed, milliseconds. */
  readonly afterMs: number;
  /** URL of the API server; by default that of the cluster around this process. */
  readonly server?: string | undefined;
  /** Folder with the files `token` and `ca.crt`; by default the service account of the pod. */
  readonly credentials?: string | undefined;
}

/**
 * Gives back each workload of a Kubernetes cluster that the service took over and does not work on. Needs the API server only.
 *
 * @throws ProviderError
 */
export async function handBackExpiredWorkloads(options: ExpiredOptions): Promise<readonly GivenBack[]> {
  const [{ KubernetesApi }, { apiOptionsOf }, { handBackExpired }] = await Promise.all([
    import('../api-client.js'),
    import('../credentials.js'),
    import('./expired.js'),
  ]);
  const { afterMs, server, credentials } = options;
  const noSecrets = { lookup, secrets: new Set<string>(), secret: async () => '' };
  const own = await apiOptionsOf({ in_cluster: true }, noSecrets, credentials);
  const api = new KubernetesApi({ ...own, ...(server === undefined ? {} : { server }) });
  try {
    return await handBackExpired(api, afterMs);
  } finally {
    await api.close();
  }
}
