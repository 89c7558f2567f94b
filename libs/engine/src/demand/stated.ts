/** What a source states for the whole cluster; available at zero servers, too. */
export interface Totals {
  readonly at: number;
  /** Requests per second offered to the whole cluster, served or not; `null`: unknown. */
  readonly requestRate: number | null;
  /** Queued and running work, in the source's unit; `null`: currently unknown; absent: the source states none. */
  readonly demand?: number | null;
  /** Work that one server handles at full load; absent: learned. */
  readonly capacity?: number;
}

/**
 * How users are served, as a source counts it for the whole cluster, per second. For records only: no decision uses it,
 * because errors that more servers do not cure would add servers without end.
 */
export interface Measured {
  /** Requests that were offered; `null`: unknown. */
  readonly requestRate: number | null;
  /** Of these, slow or failed ones, never more; `null`: unknown. */
  readonly badRate: number | null;
}

/** As stated by the source, at a time of its own. */
export interface StatedMeasured extends Measured {
  readonly at: number;
}
