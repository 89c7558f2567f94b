import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api, ask, type Schema } from '../api/client';
import type { EventOf } from '../live/events';
import { useLiveEvent } from '../live/use-live';
import { around, type View } from './view';

export type ScalingEvent = Schema['ScalingEventDto'];
type EventList = Schema['ScalingEventListDto'];

const MOST = 1000;
/** An event between the loading of the list and the first live event would be missing until the next refresh. */
const REFRESH_MS = 30_000;

/** The scaling events of the visible range, newest first, including live ones; `more`: the oldest are left out. */
export function useEvents(
  id: string,
  view: View,
): { readonly events: readonly ScalingEvent[]; readonly more: boolean } {
  const client = useQueryClient();
  const query = useMemo(() => rangeQuery(view), [view]);
  const list = useQuery({
    queryKey: ['events', id, view.kind === 'live' ? view.rangeMs : query],
    queryFn: async () =>
      ask(api.GET('/clusters/{id}/events', { params: { path: { id }, query: { ...rangeQuery(view), limit: MOST } } })),
    placeholderData: keepPreviousData,
    staleTime: REFRESH_MS,
    refetchInterval: view.kind === 'live' ? REFRESH_MS : false,
  });
  useLiveEvent(
    'scaling_event',
    useCallback(
      ({ cluster_id, timestamp, data }: EventOf<'scaling_event'>) => {
        if (cluster_id !== id) return;
        client.setQueriesData<EventList>({ queryKey: ['events', id] }, (known) => {
          if (known === undefined) return known;
          const before = known.events.find((event) => event.id === data.id);
          // The outcome arrives when the event is finished; its time is that of the first message.
          const event: ScalingEvent = {
            ...data,
            cluster_id,
            timestamp: before?.timestamp ?? timestamp,
            finished_at: null,
            recorded_late_at: null,
            simulated: false,
          };
          const others = known.events.filter((each) => each.id !== data.id);
          const events = [event, ...others].sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1)).slice(0, MOST);
          return { ...known, events, count: events.length };
        });
      },
      [client, id],
    ),
  );
  const events = list.data?.events;
  const shown = useMemo(() => within(events ?? [], view), [events, view]);
  return { events: shown, more: list.data?.next_cursor !== undefined };
}

/** Query parameters for the visible range. */
export function rangeQuery(view: View): { readonly from: string; readonly to?: string } {
  if (view.kind === 'live') return { from: new Date(Date.now() - view.rangeMs).toISOString() };
  const { from, to } = around(view);
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** Filters by a fixed range; a live view includes all. */
export function within<T extends { readonly timestamp: string }>(all: readonly T[], view: View): readonly T[] {
  if (view.kind === 'live') return all;
  return all.filter(({ timestamp }) => {
    const at = Date.parse(timestamp);
    return at >= view.from && at <= view.to;
  });
}
