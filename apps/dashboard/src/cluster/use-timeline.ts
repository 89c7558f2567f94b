import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { api, ask } from '../api/client';
import { type ChartData, type HeardForecast, joined, type Tick } from '../chart/series';
import type { EventOf } from '../live/events';
import { liveCluster } from '../live/live-store';
import { useLiveEvent } from '../live/use-live';
import { hpaOf } from './hpa';
import { around, type View } from './view';

const POINTS = 600;
/** Live ticks kept besides the loaded data: an hour with a tick per second. */
const TICKS_KEPT = 3600;

/** Reload interval, so that aggregates match the service's: rarely, because ticks arrive live. */
function refreshMs(rangeMs: number): number {
  return Math.min(300_000, Math.max(30_000, rangeMs / 30));
}

/** Live events of a cluster since the page was opened. */
interface Heard {
  readonly of: string;
  readonly ticks: readonly Tick[];
  readonly forecasts: readonly HeardForecast[];
}

function nothing(of: string): Heard {
  return { of, ticks: [], forecasts: [] };
}

/** Adds to a tick what arrives after its metrics. */
function withLast(heard: Heard, of: string, timestamp: string, known: Partial<Tick>): Heard {
  const last = heard.ticks.at(-1);
  if (heard.of !== of || last === undefined || last.at !== Date.parse(timestamp)) return heard;
  return { ...heard, ticks: [...heard.ticks.slice(0, -1), { ...last, ...known }] };
}

interface LoadedTimeline {
  readonly data: ChartData | null;
  readonly failure: Error | null;
  readonly pending: boolean;
  /** The drawn data is of another range, until this one is loaded. */
  readonly stale: boolean;
  readonly stepMs: number | null;
}

/**
 * The history of a cluster with live events at its end.
 *
 * @param simulatedUntil end of a simulated past, milliseconds since the epoch; `null`: there is none
 */
export function useTimeline(id: string, view: View, simulatedUntil: number | null): LoadedTimeline {
  const [heard, setHeard] = useState<Heard>(() => nothing(id));
  useLiveEvent(
    'metrics',
    useCallback(
      ({ cluster_id, timestamp, data }: EventOf<'metrics'>) => {
        if (cluster_id !== id) return;
        const { decision, state } = liveCluster(id);
        const tick: Tick = {
          at: Date.parse(timestamp),
          demand: data.demand,
          cpu: data.cpu?.mean ?? null,
          cpuMax: data.cpu?.max ?? null,
          active: data.active,
          provisioning: data.provisioning,
          draining: data.draining,
          desired: state?.desired ?? countOf(decision),
          theirs: decision?.theirs ?? null,
          trial: decision?.candidate?.desired ?? null,
          hpa: hpaOf(decision?.steps ?? []),
        };
        setHeard((before) => {
          const known = before.of === id ? before : nothing(id);
          return { ...known, ticks: [...known.ticks.slice(-TICKS_KEPT), tick] };
        });
      },
      [id],
    ),
  );
  useLiveEvent(
    'decision',
    useCallback(
      ({ cluster_id, timestamp, data: { theirs, candidate, steps } }: EventOf<'decision'>) => {
        if (cluster_id !== id) return;
        const known = { theirs, trial: candidate?.desired ?? null, hpa: hpaOf(steps) };
        setHeard((before) => withLast(before, id, timestamp, known));
      },
      [id],
    ),
  );
  useLiveEvent(
    'cluster_state',
    useCallback(
      ({ cluster_id, timestamp, data: { desired } }: EventOf<'cluster_state'>) => {
        if (cluster_id === id && desired !== null) setHeard((before) => withLast(before, id, timestamp, { desired }));
      },
      [id],
    ),
  );
  useLiveEvent(
    'forecast',
    useCallback(
      ({ cluster_id, timestamp, data }: EventOf<'forecast'>) => {
        if (cluster_id !== id) return;
        const forecast: HeardForecast = {
          at: Date.parse(timestamp),
          horizonMs: data.horizon_ms,
          p50: data.quantiles['0.5'] ?? null,
          p99: data.quantiles['0.99'] ?? null,
          upper: data.upper,
        };
        setHeard((before) => {
          const known = before.of === id ? before : nothing(id);
          return { ...known, forecasts: [...known.forecasts.slice(-TICKS_KEPT), forecast] };
        });
      },
      [id],
    ),
  );

  const query = useMemo(() => queryOf(view), [view]);
  const timeline = useQuery({
    queryKey: ['timeline', id, query],
    queryFn: async ({ signal }) => ask(api.GET('/clusters/{id}/timeline', { params: { path: { id }, query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: view.kind === 'live' ? refreshMs(view.rangeMs) : false,
    staleTime: view.kind === 'live' ? 0 : 60_000,
  });
  const loaded = timeline.data;
  const data = useMemo(
    () =>
      loaded === undefined || loaded.cluster_id !== id
        ? null
        : joined(loaded, heard.of === id ? heard.ticks : [], heard.of === id ? heard.forecasts : [], simulatedUntil),
    [loaded, id, heard, simulatedUntil],
  );
  return {
    data,
    failure: timeline.failureReason,
    pending: timeline.isPending,
    stale: timeline.isPlaceholderData,
    stepMs: loaded?.step_ms ?? null,
  };
}

function queryOf(view: View): { range?: string; from?: string; to?: string; points: number } {
  if (view.kind === 'live') return { range: `${view.rangeMs / 1000}s`, points: POINTS };
  const { from, to } = around(view);
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), points: 2 * POINTS };
}

/** The desired count by a decision: one that is only recommended is not set. */
function countOf(decision: EventOf<'decision'>['data'] | null): number | null {
  if (decision === null) return null;
  return decision.mode === 'recommend' ? decision.reference : decision.desired;
}
