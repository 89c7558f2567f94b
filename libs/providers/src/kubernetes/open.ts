import type { ProviderContext } from '../sdk/index.js';
import { KubernetesApi } from './api-client.js';
import { apiOptionsOf } from './credentials.js';
import type { KubernetesConnection } from './kubernetes.fields.js';
import { KubernetesSession } from './kubernetes.session.js';

/** @throws ProviderError `unauthorized` where credentials are missing */
export async function openKubernetes(
  connection: KubernetesConnection,
  context: ProviderContext,
  self: string,
): Promise<KubernetesSession> {
  return new KubernetesSession(new KubernetesApi(await apiOptionsOf(connection, context)), context, self);
}
