import { kubernetesWorkload, workloadName } from '../kubernetes/kubernetes.fields.js';
import type { kubernetesProvider } from '../kubernetes/kubernetes.provider.js';
import { defineProvider } from '../sdk/index.js';
import { KedaSession } from './keda.session.js';

/**
 * Workloads of Kubernetes that KEDA scales: the service publishes the desired count (docs/keda.md), and the HPA that KEDA makes is the only
 * writer. Servers are read as with the provider `kubernetes`, over the same connections, without a right to write.
 */
export function kedaProvider(kubernetes: ReturnType<typeof kubernetesProvider>) {
  return defineProvider({
    type: 'keda',
    apiVersion: 1,
    title: 'KEDA',
    summary: 'Workloads that KEDA scales: the service computes the count, and KEDA sets it.',
    batching: true,
    connection: { ...kubernetes.connection, kind: kubernetes.type },
    target: {
      spec: kubernetesWorkload,
      // The count in the Scale is the HPA's, which follows ours late and within its own bounds; see `published`.
      capabilities: { fencing: false, statesDesired: false, partial: false },
      nameOf: workloadName,
    },
    open: async (connection, context) => new KedaSession(await kubernetes.open(connection, context)),
  });
}
