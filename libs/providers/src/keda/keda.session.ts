import type { KubernetesMetrics, KubernetesTarget, WorkloadSpec } from '../kubernetes/kubernetes.fields.js';
import { isKeda } from '../kubernetes/other-writers.js';
import {
  type Call,
  type ConnectionReport,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
  type Session,
} from '../sdk/index.js';

type Cluster = ProviderCluster<WorkloadSpec, never>;
/** What is used of a session of the provider `kubernetes`. */
type Reader = Pick<Session<KubernetesTarget, KubernetesMetrics>, 'read' | 'check' | 'close'>;

/** Reads workloads, and leaves scaling them to KEDA. */
export class KedaSession implements Session<WorkloadSpec, never> {
  constructor(private readonly reader: Reader) {}

  async read(clusters: readonly Cluster[], call: Call): Promise<Readings> {
    const readings = await this.reader.read(clusters, call);
    return new Map(
      [...readings].map(([id, reading]) => [id, reading instanceof ProviderError ? reading : ours(reading)]),
    );
  }

  /** Changes nothing there: the count is published once the tick is recorded, and is in force from then on. */
  async setDesired(cluster: Cluster, count: number, call: Call): Promise<ProviderState> {
    const reading = (await this.read([cluster], call)).get(cluster.id);
    if (reading === undefined || reading instanceof ProviderError)
      throw reading ?? new ProviderError('invalid', 'the answer leaves the cluster out');
    const { servers = [] } = reading;
    if (servers instanceof ProviderError) throw servers;
    return { servers, desired: count };
  }

  async check(call: Call): Promise<ConnectionReport> {
    const report = await this.reader.check!(call);
    return { ...report, missing: report.missing.filter(({ neededFor }) => neededFor === 'reading') };
  }

  async close(): Promise<void> {
    await this.reader.close();
  }
}

/** KEDA's own HPA is how the count is carried out; any other one is in the way. */
function ours({ desired: _desired, blocked, ...reading }: Reading): Reading {
  return {
    ...reading,
    published: true,
    blocked: blocked === undefined || blocked === null || isKeda(blocked) ? null : blocked,
  };
}
