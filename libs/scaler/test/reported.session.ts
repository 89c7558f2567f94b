import type { Sample } from '#engine';
import {
  type Call,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
  type Session,
} from '#providers/sdk';

/** What of a target and its metrics a test decides. */
export interface Reports {
  /** What is reported of a cluster; an error where its metrics cannot be read. */
  samplesOf(clusterId: string): readonly Sample[] | ProviderError;
}

/** The servers of one session, with the metrics that a test reports of them. */
export class ReportedSession implements Session {
  constructor(
    private readonly target: Session,
    private readonly reports: Reports,
  ) {}

  async ensure(cluster: ProviderCluster, call: Call): Promise<void> {
    if (this.target.ensure === undefined) throw new ProviderError('not_found', 'nothing is made here');
    await this.target.ensure(cluster, call);
  }

  async read(clusters: readonly ProviderCluster[], call: Call): Promise<Readings> {
    const states = await this.target.read(
      clusters.map((cluster) => ({ ...cluster, metrics: null })),
      call,
    );
    return new Map(clusters.map(({ id }) => [id, this.reported(id, states.get(id) as Reading | ProviderError)]));
  }

  async setDesired(cluster: ProviderCluster, count: number, call: Call): Promise<ProviderState> {
    return this.target.setDesired!(cluster, count, call);
  }

  async close(): Promise<void> {}

  private reported(id: string, state: Reading | ProviderError): Reading | ProviderError {
    // What a provider does not know is made, and read then.
    if (state instanceof ProviderError && state.code === 'not_found') return state;
    const samples = this.reports.samplesOf(id);
    return state instanceof ProviderError ? { at: 0, servers: state, samples } : { ...state, samples };
  }
}
