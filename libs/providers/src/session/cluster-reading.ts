import type { StatedMeasured, Totals as EngineTotals } from '#engine';
import {
  type Blocked,
  type Lateness,
  type OuterBounds,
  ProviderError,
  type ProviderState,
  type Reading,
  type Sample,
  type Theirs,
  type Totals,
} from '../sdk/index.js';

const MOST_LATE_MS = 3_600_000;

/** What one poll knows of a cluster. */
export interface ClusterReading {
  readonly provider: ProviderState | ProviderError;
  /** What else changes the count of servers; `null`: nothing that the provider knows of. */
  readonly blocked: Blocked | null;
  /** What another autoscaler wants; `null`: there is none, or that is not known. */
  readonly theirs: Theirs | null;
  /** Who set the desired count last; absent or `null`: not known. */
  readonly setBy?: string | null;
  /** Bounds that another system keeps the count within; absent or `null`: none. */
  readonly outerBounds?: OuterBounds | null;
  readonly samples: readonly Sample[];
  readonly totals: EngineTotals | null;
  /** Slow or failed requests; absent or `null`: the source does not count them. */
  readonly measured?: StatedMeasured | null;
  readonly maxCpuPercent: number | null;
  /** How late samples usually are; `null`: they are not. */
  readonly late: Lateness | null;
  /** Why there are no samples; `null` when the source answered. */
  readonly metricsError: string | null;
  /** Why a part of the metrics is unknown; `null`: all is known, or nothing. */
  readonly incomplete: string | null;
}

/** One poll of a cluster, from those of its two halves. */
export function readingOf(target: Reading | ProviderError, metrics: Reading | ProviderError): ClusterReading {
  const {
    blocked = null,
    theirs = null,
    outerBounds = null,
    setBy = null,
  }: Partial<Reading> = target instanceof ProviderError ? {} : target;
  const known = { provider: stateOf(target), blocked, theirs, setBy, outerBounds };
  if (metrics instanceof ProviderError) return { ...NOTHING, ...known, metricsError: metrics.message };
  const { samples, totals, maxCpuPercent = null, late = null, incomplete = null } = metrics;
  if (samples instanceof ProviderError) return { ...NOTHING, ...known, metricsError: samples.message };
  return {
    ...known,
    samples: samples ?? [],
    totals: engineTotals(totals),
    measured: measuredOf(totals),
    maxCpuPercent,
    late: boundedLate(late),
    metricsError: null,
    incomplete,
  };
}

const NOTHING = { samples: [], totals: null, measured: null, maxCpuPercent: null, late: null, incomplete: null };

/** A source cannot declare old samples to be usual. */
function boundedLate(late: Lateness | null): Lateness | null {
  return late === null || !(late.ms >= 0) ? null : { ...late, ms: Math.min(late.ms, MOST_LATE_MS) };
}

function stateOf(reading: Reading | ProviderError): ProviderState | ProviderError {
  if (reading instanceof ProviderError) return reading;
  const { servers = [], desired = null, published } = reading;
  if (servers instanceof ProviderError) return servers;
  return { servers, desired, ...(published === true ? { published } : {}) };
}

function engineTotals(totals: Totals | null | undefined): EngineTotals | null {
  if (totals === null || totals === undefined || totals.to <= totals.from) return null;
  const { to, requests = null, demand, capacity } = totals;
  if (requests === null && demand === undefined) return null;
  return {
    at: to,
    requestRate: perSecond(requests, totals),
    ...(demand === undefined ? {} : { demand }),
    ...(capacity === undefined ? {} : { capacity }),
  };
}

function measuredOf(totals: Totals | null | undefined): StatedMeasured | null {
  if (totals === null || totals === undefined || totals.to <= totals.from || totals.bad === undefined) return null;
  const { to, requests = null, bad } = totals;
  return { at: to, requestRate: perSecond(requests, totals), badRate: perSecond(bad, totals) };
}

function perSecond(count: number | null, { from, to }: Totals): number | null {
  return count === null ? null : (count * 1000) / (to - from);
}
