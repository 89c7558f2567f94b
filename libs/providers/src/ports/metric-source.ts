import type { Sample, Totals } from '#engine';

/** What a metric source needs to know of a cluster. */
export interface SourceCluster {
  readonly id: string;
  readonly provider: { readonly type: string; readonly url?: string; readonly ref?: string };
}

/** What a source has of a cluster at one time. */
export interface Collection {
  /** The newest sample of each active server; a value that the source does not have is `null`. */
  readonly samples: readonly Sample[];
  /** What it states for the whole cluster; `null` where it states nothing. */
  readonly totals: Totals | null;
  /** The highest CPU that one of its servers can have, percent; `null` where it does not say. */
  readonly maxCpuPercent: number | null;
}

/**
 * The port through which a cluster's metrics are read. An interface and an injection token of the same name.
 *
 * Not in the contract, on purpose: judging samples (`observe` of the engine refuses what cannot be true), retries, and giving up on
 * an endpoint (see `MetricsCollector`).
 */
export abstract class MetricSource {
  /**
   * What the source has now.
   *
   * @throws SourceError when there is no answer, or none that names samples
   */
  abstract collect(cluster: SourceCluster, signal: AbortSignal): Promise<Collection>;

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
