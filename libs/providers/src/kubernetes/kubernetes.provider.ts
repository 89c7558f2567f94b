import { hostname } from 'node:os';
import { defineProvider } from '../sdk/index.js';
import { KUBECONFIG } from './kubeconfig.js';
import { kubernetesConnection, kubernetesMetrics, kubernetesTarget, workloadName } from './kubernetes.fields.js';

/**
 * Workloads of Kubernetes with a `scale` subresource, and metrics of their pods (docs/kubernetes.md).
 *
 * @param options.allowAmbient whether connections may use the identity of the service itself
 * @param options.self the name of the pod that the service runs in
 */
export function kubernetesProvider({
  allowAmbient,
  self = process.env['POD_NAME'] ?? hostname(),
}: {
  allowAmbient: boolean;
  self?: string;
}) {
  return defineProvider({
    type: 'kubernetes',
    apiVersion: 1,
    title: 'Kubernetes',
    summary: 'Pods of a Deployment, StatefulSet or another workload that can be scaled, with their CPU and memory.',
    batching: true,
    connection: {
      spec: kubernetesConnection(allowAmbient),
      secrets: ['token', 'client_key'],
      named: true,
      ambient: ({ in_cluster: own }) => own,
      pasted: KUBECONFIG,
      // No URL that a user could have named: it needs no place in the list of allowed ones.
      address: ({ server = 'the cluster of the service' }) => server,
      // Proxies such as Rancher serve many clusters on one host.
      pathMatters: true,
    },
    target: {
      spec: kubernetesTarget,
      // A fence cannot be kept there: the Scale has no room for one. Its version is the guard against a second writer.
      capabilities: { fencing: false, statesDesired: true, partial: false, compareAndSet: true },
      nameOf: workloadName,
    },
    metrics: { spec: kubernetesMetrics, capabilities: { totals: false }, nameOf: workloadName },
    async open(connection, context) {
      const { openKubernetes } = await import('./open.js');
      return openKubernetes(connection, context, self);
    },
  });
}
