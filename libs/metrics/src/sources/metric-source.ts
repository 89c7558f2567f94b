import type { Sample } from '#engine';

/** What a metric source needs to know of a cluster. */
export interface SourceCluster {
  readonly id: string;
  readonly provider: { readonly type: string; readonly url?: string; readonly ref?: string };
}

/**
 * The port through which a cluster's metrics are read. An interface and an injection token of the same name.
 *
 * Not in the contract, on purpose: judging samples (`observe` of the engine refuses what cannot be true), retries, and giving up on
 * an endpoint (see `MetricsCollector`).
 */
export abstract class MetricSource {
  /**
   * The newest sample of each active server, as the source has it.
   *
   * @throws SourceError when there is no answer, or none that names samples
   */
  abstract collect(cluster: SourceCluster, signal: AbortSignal): Promise<readonly Sample[]>;

  /** What fails together: the address that stands behind the cluster's source. */
  abstract endpointOf(cluster: SourceCluster): string;
}

/**
 * `unreachable`: no answer, or one of a server in distress; `unknown_cluster`: the source does not know it; `invalid`: an answer that makes
 * no sense.
 */
export type SourceErrorKind = 'unreachable' | 'unknown_cluster' | 'invalid';

export class SourceError extends Error {
  constructor(
    readonly kind: SourceErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SourceError';
  }
}
