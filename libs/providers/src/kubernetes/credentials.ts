import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProviderContext, ProviderError } from '../sdk/index.js';
import type { ApiOptions } from './api-client.js';
import type { KubernetesConnection } from './kubernetes.fields.js';

/** Where Kubernetes puts the identity of a pod. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Tokens there are renewed while the pod runs. */
const REREAD_MS = 60_000;
/** The address of the API server inside of each cluster. */
const IN_CLUSTER_SERVER = 'https://kubernetes.default.svc';

/** How the API server of a connection is reached, and as whom. @throws ProviderError `unauthorized` where something is missing */
export async function apiOptionsOf(
  {
    server,
    ca,
    client_certificate: cert,
    in_cluster: own,
  }: Pick<KubernetesConnection, 'in_cluster'> & Partial<KubernetesConnection>,
  context: Pick<ProviderContext, 'secret' | 'secrets' | 'lookup'>,
  folder = SERVICE_ACCOUNT,
): Promise<ApiOptions> {
  const { lookup } = context;
  if (own) {
    const authority = await readOwn(join(folder, 'ca.crt'));
    const tls = { ca: ca ?? authority };
    return { server: IN_CLUSTER_SERVER, tls, lookup, token: rereading(join(folder, 'token')) };
  }
  const given = async (name: string): Promise<string | null> =>
    context.secrets.has(name) ? context.secret(name) : null;
  const [token, key] = [await given('token'), await given('client_key')];
  if ((cert === undefined) !== (key === null))
    throw new ProviderError('unauthorized', 'client_certificate and the secret client_key go together: one is missing');
  if (token === null && key === null)
    throw new ProviderError(
      'unauthorized',
      'no credentials: give the secret token, or client_certificate and client_key',
    );
  const tls = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined || key === null ? {} : { cert, key }) };
  return { server: server!, tls, lookup, token: async () => token };
}

function rereading(file: string): () => Promise<string> {
  let token = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (Date.now() - readAt > REREAD_MS) {
      token = (await readOwn(file)).trim();
      readAt = Date.now();
    }
    return token;
  };
}

async function readOwn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why =
      'in_cluster needs the service account of a pod: the service does not run in one, or its token is not mounted';
    throw new ProviderError('unauthorized', why, { cause });
  }
}
