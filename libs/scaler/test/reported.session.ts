import type { Sample } from '#engine';
import {
  type Call,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
  type Session,
  type Totals,
} from '#providers/sdk';

/** The parts of a target and its metrics that a test controls. */
export interface Reports {
  /** Reported samples of a cluster; an error if its metrics cannot be read. */
  samplesOf(clusterId: string): readonly Sample[] | ProviderError;
  /** What it counts for the whole cluster; `null`: nothing. */
  totalsOf?(clusterId: string): Totals | null;
}

/** The servers of one session, with the metrics that a test reports for them. */
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
    // A cluster unknown to the provider is created, and read afterwards.
    if (state instanceof ProviderError && state.code === 'not_found') return state;
    const samples = this.reports.samplesOf(id);
    return state instanceof ProviderError
      ? { at: 0, servers: state, samples }
      : { ...state, samples, totals: this.reports.totalsOf?.(id) ?? null };
  }
}
