import { z } from '../sdk/index.js';

/** A name of Kubernetes: what a path segment can be. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const GROUP = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
/** Characters of PEM: a bundle of some CAs. */
const LONGEST_PEM = 65_536;
/** Its workloads are what the cluster itself runs on. */
export const REFUSED_NAMESPACE = 'kube-system';

const pem = (what: string) =>
  z
    .string()
    .max(LONGEST_PEM)
    .regex(/-----BEGIN CERTIFICATE-----/, {
      error: `must be ${what} in PEM, beginning with -----BEGIN CERTIFICATE-----`,
    })
    .optional();

const connectionFields = z.strictObject({
  server: z
    .url({ protocol: /^https$/, error: 'must be an https URL' })
    .optional()
    .meta({
      title: 'API server',
      description: "its URL; must be listed in collector.allowed_urls of the service's configuration",
      examples: ['https://10.0.0.1:6443'],
    }),
  ca: pem('the certificate authority').meta({
    title: 'CA',
    description: "certificate authority of the server's certificate, PEM",
  }),
  client_certificate: pem('a certificate').meta({
    title: 'Client certificate',
    description: 'PEM; its key is the secret client_key',
  }),
  in_cluster: z.boolean().default(false).meta({
    title: 'As the service itself',
    description:
      'use the service account of the pod that the service runs in; only where providers.kubernetes.allow_ambient is true',
  }),
});

/** @param allowAmbient whether connections may use the identity of the service itself */
export function kubernetesConnection(allowAmbient: boolean) {
  return connectionFields
    .refine(({ in_cluster: own }) => allowAmbient || !own, {
      path: ['in_cluster'],
      error: 'must be false: an admin has to set providers.kubernetes.allow_ambient first',
    })
    .refine(({ server, in_cluster: own }) => own !== (server !== undefined), {
      path: ['server'],
      error: 'must be given, or in_cluster, and not both',
    });
}

const workload = {
  namespace: z
    .string()
    .regex(NAME, { error: 'must be the name of a namespace' })
    .refine((name) => name !== REFUSED_NAMESPACE, { error: `must not be ${REFUSED_NAMESPACE}` })
    .meta({ title: 'Namespace', examples: ['web'] }),
  kind: z
    .string()
    .regex(KIND, { error: 'must be the kind of a resource, such as Deployment' })
    .meta({ title: 'Kind', description: 'of a resource that can be scaled', examples: ['Deployment'] }),
  group: z
    .string()
    .regex(GROUP, { error: 'must be an API group, such as apps' })
    .optional()
    .meta({ title: 'API group', description: 'needed where several groups have the kind', examples: ['apps'] }),
  name: z
    .string()
    .regex(NAME, { error: 'must be the name of a workload' })
    .meta({ title: 'Name', examples: ['frontend'] }),
};

/** A workload that is read and not scaled. */
export const kubernetesWorkload = z.strictObject(workload);

export const kubernetesTarget = z.strictObject({
  ...workload,
  allow_scale_down: z.boolean().optional().meta({
    title: 'Remove servers with an identity',
    description: 'pods of a StatefulSet are only removed where this is true; of other workloads unless it is false',
  }),
});

export const kubernetesMetrics = z.strictObject({
  ...workload,
  basis: z.enum(['request', 'limit']).default('request').meta({
    title: 'Utilization of',
    description: 'what 100 % is: the request of the containers, as for an HPA, or their limit',
  }),
  container: z
    .string()
    .regex(NAME, { error: 'must be the name of a container' })
    .optional()
    .meta({ title: 'Container', description: 'measure this one only; default all containers of a pod' }),
});

export type KubernetesConnection = z.output<typeof connectionFields>;
export type KubernetesTarget = z.output<typeof kubernetesTarget>;
export type KubernetesMetrics = z.output<typeof kubernetesMetrics>;
/** What both halves say of the workload. */
export type WorkloadSpec = Pick<KubernetesTarget, 'namespace' | 'kind' | 'group' | 'name'>;

/** The same text however the kind is written. Groups are left out: the same kind and name in two of them is one workload here. */
export function workloadName({ namespace, kind, name }: WorkloadSpec): string {
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}
