import type { ConnectionReport, NEEDED_FOR } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import type { Discovery } from './discovery.js';

/** What the service has to be allowed to do. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly neededFor: (typeof NEEDED_FOR)[number];
}

const FIXED: readonly Right[] = [
  { verb: 'list', group: '', resource: 'pods', neededFor: 'reading' },
  { verb: 'watch', group: '', resource: 'pods', neededFor: 'reading' },
  { verb: 'list', group: 'autoscaling', resource: 'horizontalpodautoscalers', neededFor: 'reading' },
  { verb: 'watch', group: 'autoscaling', resource: 'horizontalpodautoscalers', neededFor: 'reading' },
  { verb: 'list', group: 'metrics.k8s.io', resource: 'pods', neededFor: 'reading' },
  { verb: 'create', group: 'events.k8s.io', resource: 'events', neededFor: 'acting' },
  ...takingOver('autoscaling', 'horizontalpodautoscalers', ['get', 'update']),
  ...takingOver('keda.sh', 'scaledobjects', ['get', 'update']),
  ...takingOver('coordination.k8s.io', 'leases', ['create', 'get', 'update', 'delete']),
];

function takingOver(group: string, resource: string, verbs: readonly string[]): readonly Right[] {
  return verbs.map((verb) => ({ verb, group, resource, neededFor: 'taking_over' }));
}

/**
 * The identity of a connection, and the rights that it lacks in the whole cluster. Reading one's own rights needs no right.
 *
 * @throws ProviderError
 */
export async function reportOf(
  api: KubernetesApi,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<ConnectionReport> {
  const self = await api.post<{ readonly status?: { readonly userInfo?: { readonly username?: string } } }>(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      right: 'create selfsubjectreviews.authentication.k8s.io',
      signal,
    },
  );
  const { gitVersion = null } = await api.get<{ readonly gitVersion?: string }>('/version', {
    right: 'get /version',
    signal,
  });
  const scalable = (await discovery.all(signal)).flatMap(({ group, plural: resource }): Right[] => [
    { verb: 'get', group, resource, subresource: 'scale', neededFor: 'reading' },
    { verb: 'update', group, resource, subresource: 'scale', neededFor: 'acting' },
  ]);
  const judged = [...FIXED, ...scalable].map(async (right) => ((await isGiven(api, right, signal)) ? [] : [right]));
  const missing = (await Promise.all(judged)).flat();
  return {
    identity: self.status?.userInfo?.username ?? null,
    version: gitVersion,
    missing: missing.map(({ neededFor, ...right }) => ({ right: inWords(right), neededFor })),
  };
}

async function isGiven(api: KubernetesApi, right: Right, signal: AbortSignal): Promise<boolean> {
  const { verb, group, resource, subresource = '' } = right;
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource, subresource } },
  };
  const { status } = await api.post<{ readonly status?: { readonly allowed?: boolean } }>(
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    { body, right: 'create selfsubjectaccessreviews.authorization.k8s.io', signal },
  );
  return status?.allowed === true;
}

function inWords({ verb, group, resource, subresource }: Omit<Right, 'neededFor'>): string {
  const of = group === '' ? resource : `${resource}.${group}`;
  return `${verb} ${of}${subresource === undefined ? '' : `/${subresource}`} in all namespaces`;
}
