import { queryOptions } from '@tanstack/react-query';
import { api, ask, type Schema } from '../api/client';

export type Cluster = Schema['ClusterDto'];
export type ClusterStatus = Schema['ClusterStatusDto'];
export type Decision = Schema['DecisionDto'];
export type ServiceLevel = Schema['ServiceLevelDto'];

/** Queries of one cluster; their keys share a prefix, which changes invalidate. */
export const clusterQueries = {
  definition: (id: string) =>
    queryOptions({
      queryKey: ['cluster', id, 'definition'],
      queryFn: async () => ask(api.GET('/clusters/{id}', { params: { path: { id } } })),
      // Other users change it, too. A deleted cluster does not come back.
      refetchInterval: ({ state }) => (state.status === 'error' ? false : 15_000),
    }),
  status: (id: string) =>
    queryOptions({
      queryKey: ['cluster', id, 'status'],
      queryFn: async () => ask(api.GET('/clusters/{id}/status', { params: { path: { id } } })),
      refetchInterval: 30_000,
    }),
  serviceLevel: (id: string) =>
    queryOptions({
      queryKey: ['cluster', id, 'service-level'],
      queryFn: async () => ask(api.GET('/clusters/{id}/service-level', { params: { path: { id } } })),
      refetchInterval: 15_000,
    }),
  alerts: (id: string) =>
    queryOptions({
      queryKey: ['cluster', id, 'alerts'],
      queryFn: async () => ask(api.GET('/clusters/{id}/alerts', { params: { path: { id } } })),
      refetchInterval: 15_000,
    }),
  /** The newest scaling event; live ones are in the live store. */
  lastEvent: (id: string) =>
    queryOptions({
      queryKey: ['cluster', id, 'last-event'],
      queryFn: async () => {
        const { events } = await ask(
          api.GET('/clusters/{id}/events', { params: { path: { id }, query: { limit: 1 } } }),
        );
        return events[0] ?? null;
      },
      refetchInterval: 30_000,
    }),
  decision: (id: string, decisionId: string) =>
    queryOptions({
      queryKey: ['decision', id, decisionId],
      queryFn: async () =>
        ask(api.GET('/clusters/{id}/decisions/{decision_id}', { params: { path: { id, decision_id: decisionId } } })),
      staleTime: Infinity,
    }),
  simulation: (id: string) =>
    queryOptions({
      queryKey: ['cluster', id, 'simulation'],
      queryFn: async () => ask(api.GET('/clusters/{id}/simulation', { params: { path: { id } } })),
      refetchInterval: 3000,
    }),
};
