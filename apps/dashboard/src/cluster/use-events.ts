import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api, ask, type Schema } from '../api/client';
import type { EventOf } from '../live/events';
import { useLiveEvent } from '../live/use-live';
import { around, type View } from './view';

export type ScalingEvent = Schema['ScalingEventDto'];
type EventList = Schema['ScalingEventListDto'];

const MOST = 1000;
/** One that happens between the loading of the list and the first that is heard would be missing until then. */
const REFRESH_MS = 30_000;

/** The scaling events of what is shown, newest first, and those that are heard of; `more`: there are so many that the oldest are left out. */
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
          // What became of an event is told when it is over; it happened when it was first told of.
          const event: ScalingEvent = {
            ...data,
            cluster_id,
            timestamp: before?.timestamp ?? timestamp,
            finished_at: null,
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

/** What to ask for of something that happens at times. */
export function rangeQuery(view: View): { readonly from: string; readonly to?: string } {
  if (view.kind === 'live') return { from: new Date(Date.now() - view.rangeMs).toISOString() };
  const { from, to } = around(view);
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** Those of a stretch that stands still; one that moves with time takes them all. */
export function within<T extends { readonly timestamp: string }>(all: readonly T[], view: View): readonly T[] {
  if (view.kind === 'live') return all;
  return all.filter(({ timestamp }) => {
    const at = Date.parse(timestamp);
    return at >= view.from && at <= view.to;
  });
}
