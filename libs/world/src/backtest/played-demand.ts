import { type Trace, traceOf } from '../load/trace.js';
import { demandOf, ticksOf } from './demand.js';

/** Demand by tick in servers, its start, and remarks on its quality. */
export interface PlayedDemand {
  readonly demand: Float64Array;
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly remarks: readonly string[];
}

/** Recorded demand of a cluster. */
export interface RecordedMinutes {
  /** Demand by minute, servers; minutes without an observation are missing. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** Share of the minutes (0 to 1) with saturation, in which demand was at least what was recorded. */
  readonly saturated: number;
}

/** Capacity of a server, in the unit of a trace. */
export type TraceScale =
  { readonly kind: 'peak'; readonly servers: number } | { readonly kind: 'capacity'; readonly perServer: number };

export interface Ticks {
  readonly tickSeconds: number;
  /** Maximum length of the run; the rest is ignored. */
  readonly days: number;
}

export function demandOfTrace(trace: Trace, scale: TraceScale, { tickSeconds, days }: Ticks): PlayedDemand {
  const demand =
    scale.kind === 'peak'
      ? demandOf(trace, { tickSeconds, days, peakServers: scale.servers })
      : ticksOf(trace, tickSeconds, days).map((value) => value / scale.perServer);
  return { demand, startAt: trace.times[0]!, remarks: [] };
}

/**
 * The observation of a minute is played as the tick that ended with it, so that the decision at the end of the tick has
 * the same time as live.
 *
 * @param name of the cluster, for errors
 * @throws TraceError for fewer than two minutes
 */
export function demandOfHistory(
  name: string,
  { points, saturated }: RecordedMinutes,
  { tickSeconds, days }: Ticks,
): PlayedDemand {
  const trace = traceOf(name, points);
  const minutes = Math.round((points.at(-1)!.at - points[0]!.at) / 60_000) + 1;
  const missing = minutes - points.length;
  return {
    demand: ticksOf(trace, tickSeconds, days),
    startAt: trace.times[0]! - tickSeconds * 1000,
    remarks: [
      ...(saturated === 0
        ? []
        : [`In ${percent(saturated)} of the minutes the cluster was saturated: demand was at least what is played.`]),
      ...(missing === 0
        ? []
        : [
            `Of ${percent(missing / minutes)} of the minutes there is no record: a straight line is played between their neighbors.`,
          ]),
    ],
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
